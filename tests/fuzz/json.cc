// JSON text: refused, or read into a value that prints and reads as itself.
#include <cstdlib>
#include <string_view>

#include "formats/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const auto value = formats::parse_json(std::string_view(reinterpret_cast<const char*>(data), size));
    if (value && !formats::parse_json(formats::json::serialize(*value))) std::abort();
    return 0;
}
