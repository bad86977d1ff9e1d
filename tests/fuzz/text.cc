// Foreign text made printable: one line of valid UTF-8 that a second time leaves as it is, and JSON that can
// be read.
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "formats/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string shown = printable(bytes, 255);
    const bool is_one_line = shown.find_first_of("\n\r\x1B\x7F") == std::string::npos;
    if (shown.size() > 255 || !is_one_line || !is_utf8(shown) || printable(shown, 255) != shown) std::abort();
    const std::string lines = printable_lines(bytes);
    if (!is_utf8(lines) || printable_lines(lines) != lines) std::abort();
    const std::string json = '"' + json_escaped(bytes) + '"';
    if (!formats::parse_json(json) || visible_json(json) != json) std::abort();
    return 0;
}
