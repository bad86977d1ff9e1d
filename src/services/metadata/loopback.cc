#include "services/metadata/loopback.h"

#include <arpa/inet.h>

namespace countersign::metadata {

namespace {

bool is_v4(const std::string& text) {
    in_addr address{};
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_v6(const std::string& text) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_v4(host));
}

bool names_no_domain(const std::string& host_header) {
    if (host_header.starts_with('[')) {
        const std::size_t end = host_header.find(']');
        return end != std::string::npos && is_v6(host_header.substr(1, end - 1));
    }
    const std::string host = host_header.substr(0, host_header.find(':'));
    return host == "localhost" || is_v4(host);
}

}  // namespace countersign::metadata
