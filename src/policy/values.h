// Values that conditions compare: decimal numbers, moments, and networks. All read text strictly; what is
// none of them is nothing, and matches nothing. Source: IAM User Guide, "IAM JSON policy elements: Condition
// operators" (reference_policies_elements_condition_operators).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace countersign::policy {

// A decimal number of any length, compared digit by digit: no rounding makes two different numbers equal.
// The views are into the text that was read.
struct Decimal {
    bool negative = false;
    std::string_view whole;     // without leading zeros
    std::string_view fraction;  // without trailing zeros
};
std::optional<Decimal> parse_decimal(std::string_view text);
int compare(const Decimal& left, const Decimal& right);  // below, at or above zero

// Milliseconds since 1970, of an ISO 8601 date and time in the forms that IAM takes (year alone up to
// nanoseconds, with an offset or none) or of a number: seconds since 1970, or milliseconds when it has twelve
// digits or more.
std::optional<std::int64_t> parse_moment(std::string_view text);

// An IPv4 or IPv6 network; an address is the network of itself. IPv4 addresses mapped into IPv6 are IPv4.
struct Network {
    std::array<std::uint8_t, 16> address{};
    unsigned prefix = 0;  // bits
    bool v4 = false;
    friend bool operator==(const Network&, const Network&) = default;
};
std::optional<Network> parse_network(std::string_view text);
bool contains(const Network& network, const Network& address);

}  // namespace countersign::policy
