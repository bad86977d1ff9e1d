#include "databases/engines/local/own_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>

namespace countersign::databases::local {

namespace {

std::string text_of_address(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (address.sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    if (address.sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (bytes == nullptr || inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr)
        return {};
    return text.data();
}

}  // namespace

std::vector<policy::Network> own_addresses() {
    std::set<std::string> texts{"127.0.0.0/8", "::1/128"};
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) == 0) {
        const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, &freeifaddrs);
        for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next)
            if (one->ifa_addr != nullptr) texts.insert(text_of_address(*one->ifa_addr));
    }
    std::vector<policy::Network> addresses;
    for (const std::string& text : texts)
        if (const auto address = policy::parse_network(text)) addresses.push_back(*address);
    return addresses;
}

}  // namespace countersign::databases::local
