// A password file that somebody else wrote: every byte of it stays, with our line before what libpq would
// take for it, and a second time changes nothing.
#include <cstdlib>
#include <string_view>

#include "passfile/line.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const passfile::Place place{"localhost", 5432, "*", "jane"};
    const std::string once = passfile::with_line(text, place, "to:ken");
    const std::string line = "localhost:5432:*:jane:to\\:ken\n";
    if (once.find(line) == std::string::npos || passfile::with_line(once, place, "to:ken") != once)
        std::abort();
    if (text.find("jane") == std::string_view::npos && text.find('\\') == std::string_view::npos) {
        std::string rest = once;
        rest.erase(rest.find(line), line.size());
        if (rest != text && rest != std::string(text) + '\n') std::abort();
    }
    return 0;
}
