// The form body of an API call, read as the largest input there is.
#include <string_view>

#include "formats/query.h"
#include "gateway/query_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    auto parameters = formats::parse_query(std::string_view(reinterpret_cast<const char*>(data), size),
                                           formats::Plus::blank);
    if (!parameters) return 0;
    const gateway::QueryReader reader(*std::move(parameters));
    for (const std::string& item : reader.items("Tags", "Tag")) static_cast<void>(reader.find(item + ".Key"));
    static_cast<void>(reader.is_empty_list("Tags", "Tag"));
    static_cast<void>(static_cast<bool>(reader.refuse_unread()));
    return 0;
}
