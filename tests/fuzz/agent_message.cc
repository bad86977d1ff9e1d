// What an agent and its control plane say to each other: whatever is read as a message is written as itself.
#include <cstdlib>
#include <string_view>

#include "agent_api/protocol/protocol.h"
#include "formats/record.h"

namespace {

template <class Message>
void read(std::string_view bytes) {
    using namespace countersign;
    const auto message = formats::from_record<Message>(bytes);
    if (!message) return;
    const std::string text = formats::to_record(*message);
    const auto again = formats::from_record<Message>(text);
    if (!again || formats::to_record(*again) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign::agent_api;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read<EnrolRequest>(bytes);
    read<RenewRequest>(bytes);
    read<RecordRequest>(bytes);
    read<RecordAnswer>(bytes);
    read<WatchRequest>(bytes);
    read<WatchAnswer>(bytes);
    read<ServersAnswer>(bytes);
    read<LoginsRequest>(bytes);
    return 0;
}
