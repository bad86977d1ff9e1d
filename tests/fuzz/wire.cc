// Both messages between the login hook and the agent.
#include "wire/login.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    wire::RequestView request;
    if (wire::decode_request(data, size, &request) &&
        request.token.data + request.token.size > reinterpret_cast<const char*>(data) + size)
        __builtin_trap();
    wire::AnswerView answer;
    static_cast<void>(wire::decode_answer(data, size, &answer));
    return 0;
}
