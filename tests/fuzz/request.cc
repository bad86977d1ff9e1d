// The signature of an API request, in a header or in the query: line 1 is the target, line 2 the header.
#include <string_view>

#include "sigv4/request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t first = text.find('\n');
    const std::size_t second = first == std::string_view::npos ? first : text.find('\n', first + 1);
    http::Request request{"POST", std::string(text.substr(0, first)), {{"Host", "localhost"}}, "", ""};
    if (first != std::string_view::npos)
        request.headers.emplace_back("Authorization", text.substr(first + 1, second - first - 1));
    if (second != std::string_view::npos) request.headers.emplace_back("X-Amz-Date", text.substr(second + 1));
    const auto parsed = sigv4::parse_request(request);
    if (parsed) {
        const auto verified =
            parsed->verify(Secret("secret"), "iam", Instant(std::chrono::seconds(1'767'225'600)));
        if (verified) __builtin_trap();
    }
    return 0;
}
