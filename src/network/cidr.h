// Blocks of addresses as EC2 writes them: 10.0.0.0/16, 2001:db8::/32. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values.h"

namespace countersign::network {

// With its length after a slash, and of which the bits behind it are zero.
std::optional<policy::Network> parse_cidr(std::string_view text);
std::optional<policy::Network> parse_cidr4(std::string_view text);
std::optional<policy::Network> parse_cidr6(std::string_view text);

std::string text_of(const policy::Network& network);

bool overlap(const policy::Network& one, const policy::Network& other);
// Of an IPv4 block, without the five that AWS keeps of every subnet.
std::int64_t usable_addresses(const policy::Network& network);

}  // namespace countersign::network
