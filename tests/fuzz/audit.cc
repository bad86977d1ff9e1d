// A line of the audit and its head: what is read as a link is written as itself.
#include <cstdlib>
#include <string_view>

#include "agent/log_chain.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static_cast<void>(agent::mark_of(bytes));
    const auto link = agent::parse_link(bytes);
    if (link && agent::parse_link(agent::to_text(*link)) != link) std::abort();
    return 0;
}
