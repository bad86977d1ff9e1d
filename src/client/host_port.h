// Addresses as options write them.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/text.h"

namespace countersign::client {

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};

// HOST:PORT or [v6]:PORT. The option's name is for the error.
inline Result<HostPort> read_host_port(const std::string& text, const std::string& option) {
    const std::size_t colon = text.rfind(':');
    const auto port =
        colon == std::string::npos ? std::nullopt : parse_number<std::uint16_t>(text.substr(colon + 1));
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!port || host.empty()) return Error{Fault::invalid, option + ' ' + text + ": not HOST:PORT"};
    return HostPort{host, *port};
}

inline bool is_loopback(const std::string& host) {
    in_addr address{};
    const bool is_ipv4 = ::inet_pton(AF_INET, host.c_str(), &address) == 1;
    return host == "localhost" || host == "::1" || (is_ipv4 && ntohl(address.s_addr) >> 24 == 127);
}

}  // namespace countersign::client
