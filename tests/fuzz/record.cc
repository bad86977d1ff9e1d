// A record as it lies in the store, perhaps damaged.
#include <cstdlib>
#include <string_view>

#include "formats/record.h"
#include "model/rds.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const auto record =
        formats::from_record<model::DBInstance>(std::string_view(reinterpret_cast<const char*>(data), size));
    if (record && !formats::from_record<model::DBInstance>(formats::to_record(*record))) std::abort();
    return 0;
}
