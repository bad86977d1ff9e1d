// A login record as an agent receives it: refused, or one whose principal can be judged.
#include <cstdlib>
#include <string_view>

#include "formats/record.h"
#include "login/record_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const auto text =
        formats::from_record<login::RecordText>(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!text) return 0;
    const auto record =
        login::record_of(*text, [](const std::string& document) { return policy::parse_lenient(document); });
    if (record && record->principal == nullptr) std::abort();
    return 0;
}
