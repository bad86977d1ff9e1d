// PostgreSQL's csvlog, which holds what clients chose to send.
#include <cstdlib>
#include <string_view>

#include "formats/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    while (const auto record = countersign::formats::next_csv_record(text)) {
        if (record->length == 0 || record->length > text.size()) std::abort();
        text.remove_prefix(record->length);
    }
    return 0;
}
