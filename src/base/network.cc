#include "base/network.h"

#include <arpa/inet.h>

#include <array>

namespace countersign {

std::string network_of(const std::string& address) {
    constexpr std::size_t network_bytes = 8;
    std::array<char, sizeof(in6_addr)> bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
    return {bytes.data(), network_bytes};
}

}  // namespace countersign
