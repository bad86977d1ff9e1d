// A pg_hba.conf that somebody else wrote: refused, or given back byte for byte; a last line without an end
// gets one.
#include <cstdlib>
#include <string_view>

#include "attach/hba.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const attach::HbaBlock block{"orders", "db-AAAAAAAAAAAAAAAAAAAAAAAAAA", "countersign-orders"};
    if (attach::has_block(text, block.resource_id)) return 0;
    const auto with = attach::with_block(text, block);
    if (!with) return 0;
    const auto without = attach::without_block(*with, block.resource_id);
    if (!without || (*without != text && *without != std::string(text) + '\n')) std::abort();
    return 0;
}
