// A line of the audit and its head: what is read as a link is written as itself, and a line that can be read
// is written as one that says the same.
#include <cstdlib>
#include <string_view>

#include "audit/chain.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static_cast<void>(audit::position_of(bytes));
    const auto link = audit::parse_head(bytes);
    if (link && audit::parse_head(audit::to_text(*link)) != link) std::abort();
    const auto entry = audit::entry_in(bytes);
    if (!entry) return 0;
    const std::string line = audit::chained_line(*entry, {});
    const auto again = audit::entry_in(line);
    if (!is_utf8(line) || !again || audit::chained_line(*again, {}) != line) std::abort();
    return 0;
}
