#include "network/cidr.h"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace countersign::network {

namespace {

constexpr unsigned byte_bits = 8;

void clear_host_bits(policy::Network& network) {
    for (std::size_t i = 0; i < network.address.size(); ++i) {
        const std::size_t before = i * byte_bits;
        if (before >= network.prefix)
            network.address[i] = 0;
        else if (network.prefix - before < byte_bits)
            network.address[i] &= static_cast<std::uint8_t>(0xFFU << (byte_bits - (network.prefix - before)));
    }
}

}  // namespace

std::optional<policy::Network> parse_cidr(std::string_view text) {
    if (text.find('/') == std::string_view::npos) return std::nullopt;
    std::optional<policy::Network> network = policy::parse_network(text);
    if (network) clear_host_bits(*network);
    return network;
}

std::optional<policy::Network> parse_cidr4(std::string_view text) {
    const auto network = text.find(':') == std::string_view::npos ? parse_cidr(text) : std::nullopt;
    return network && network->v4 ? network : std::nullopt;
}

std::optional<policy::Network> parse_cidr6(std::string_view text) {
    const auto network = parse_cidr(text);
    return network && !network->v4 ? network : std::nullopt;
}

std::string text_of(const policy::Network& network) {
    char text[INET6_ADDRSTRLEN] = "";
    const int family = network.v4 ? AF_INET : AF_INET6;
    if (::inet_ntop(family, network.address.data(), text, sizeof text) == nullptr) return {};
    return fmt::format("{}/{}", static_cast<const char*>(text), network.prefix);
}

bool overlap(const policy::Network& one, const policy::Network& other) {
    return policy::contains(one, other) || policy::contains(other, one);
}

std::int64_t usable_addresses(const policy::Network& network) {
    constexpr unsigned address_bits = 32;
    constexpr std::int64_t kept = 5;
    return (std::int64_t{1} << (address_bits - network.prefix)) - kept;
}

}  // namespace countersign::network
