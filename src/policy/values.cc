#include "policy/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace countersign::policy {

namespace {

bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

int compare_sizes(const Decimal& left, const Decimal& right) {
    if (left.whole.size() != right.whole.size()) return left.whole.size() < right.whole.size() ? -1 : 1;
    if (const int order = left.whole.compare(right.whole); order != 0) return order;
    return left.fraction.compare(right.fraction);
}

constexpr unsigned v4_bits = 32;
constexpr unsigned v6_bits = 128;
constexpr std::array<std::uint8_t, 12> v4_in_v6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

std::optional<Network> parse_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    Network network;
    if (inet_pton(AF_INET, terminated.data(), network.address.data()) == 1) {
        network.v4 = true;
        network.prefix = v4_bits;
        return network;
    }
    if (inet_pton(AF_INET6, terminated.data(), network.address.data()) != 1) return std::nullopt;
    network.prefix = v6_bits;
    return network;
}

void unmap(Network& network) {
    constexpr unsigned mapped_bits = v6_bits - v4_bits;
    const bool mapped = !network.v4 && network.prefix >= mapped_bits &&
                        std::equal(v4_in_v6.begin(), v4_in_v6.end(), network.address.begin());
    if (!mapped) return;
    std::copy(network.address.begin() + v4_in_v6.size(), network.address.end(), network.address.begin());
    network.v4 = true;
    network.prefix -= mapped_bits;
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
    Decimal number;
    if (text.starts_with('-') || text.starts_with('+')) {
        number.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    const std::size_t point = text.find('.');
    number.whole = text.substr(0, point);
    if (point != std::string_view::npos) number.fraction = text.substr(point + 1);
    const bool has_digits = !number.whole.empty() || !number.fraction.empty();
    if (!has_digits || !all_digits(number.whole) || !all_digits(number.fraction)) return std::nullopt;
    number.whole.remove_prefix(std::min(number.whole.find_first_not_of('0'), number.whole.size()));
    number.fraction = number.fraction.substr(0, number.fraction.find_last_not_of('0') + 1);
    if (number.whole.empty() && number.fraction.empty()) number.negative = false;
    return number;
}

int compare(const Decimal& left, const Decimal& right) {
    if (left.negative != right.negative) return left.negative ? -1 : 1;
    return left.negative ? compare_sizes(right, left) : compare_sizes(left, right);
}

std::optional<Network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    auto network = parse_address(text.substr(0, slash));
    if (!network) return std::nullopt;
    if (slash != std::string_view::npos) {
        const auto prefix = parse_number<unsigned>(text.substr(slash + 1));
        if (!prefix || *prefix > network->prefix) return std::nullopt;
        network->prefix = *prefix;
    }
    unmap(*network);
    return network;
}

bool contains(const Network& network, const Network& address) {
    if (network.v4 != address.v4 || address.prefix < network.prefix) return false;
    const unsigned bytes = network.prefix / 8;
    if (std::memcmp(network.address.data(), address.address.data(), bytes) != 0) return false;
    const unsigned bits = network.prefix % 8;
    const unsigned differing = bits == 0 ? 0U : network.address[bytes] ^ address.address[bytes];
    return (differing >> (8 - bits)) == 0;
}

}  // namespace countersign::policy
