#include "policy/values.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign::policy {

namespace {

int order(std::string_view left, std::string_view right) {
    const int compared = compare(*parse_decimal(left), *parse_decimal(right));
    return (compared > 0) - (compared < 0);
}

TEST(Decimal, ComparesEveryDigit) {
    EXPECT_EQ(order("100", "100.0"), 0);
    EXPECT_EQ(order("007", "7"), 0);
    EXPECT_EQ(order("-0", "0.000"), 0);
    EXPECT_EQ(order("+1", "1"), 0);
    EXPECT_EQ(order("9", "10"), -1);
    EXPECT_EQ(order("-10", "-9"), -1);
    EXPECT_EQ(order("-1", "0"), -1);
    EXPECT_EQ(order("100.5", "100.45"), 1);
    EXPECT_EQ(order("0.1", "0.09"), 1);
    EXPECT_EQ(order("9007199254740993", "9007199254740992"), 1);
}

TEST(Decimal, RefusesWhatIsNoDecimalNumber) {
    for (const std::string_view text :
         {"", "-", ".", "1e3", "0x10", "1 ", " 1", "1,5", "inf", "nan", "1.2.3", "--1"})
        EXPECT_FALSE(parse_decimal(text)) << text;
}

TEST(Moment, ReadsTheFormsThatIamTakes) {
    constexpr std::int64_t new_year = 1'767'225'600'000;
    EXPECT_EQ(parse_moment("2026-01-01T00:00:00Z"), new_year);
    EXPECT_EQ(parse_moment("2026-01-01T01:00:00+01:00"), new_year);
    EXPECT_EQ(parse_moment("2025-12-31T19:00:00-05:00"), new_year);
    EXPECT_EQ(parse_moment("2026-01-01t00:00z"), new_year);
    EXPECT_EQ(parse_moment("2026-01-01"), new_year);
    EXPECT_EQ(parse_moment("2026T"), new_year);
    EXPECT_EQ(parse_moment("1767225600"), new_year);
    EXPECT_EQ(parse_moment("1767225600000"), new_year);
    EXPECT_EQ(parse_moment("2026-01-01T00:00:00.5Z"), new_year + 500);
    EXPECT_EQ(parse_moment("2026-01-01T00:00:00.123456789Z"), new_year + 123);
    EXPECT_EQ(parse_moment("2024-02-29T00:00:00Z"), 1'709'164'800'000);
    EXPECT_EQ(parse_moment("1969-12-31T23:59:59Z"), -1'000);
    EXPECT_LT(*parse_moment("-292275054"), *parse_moment("0001-01-01T00:00:00Z"));
    EXPECT_GT(*parse_moment("292278993-12-31T23:59:59Z"), new_year);
}

TEST(Moment, RefusesWhatIsNone) {
    for (const std::string_view text :
         {"", "sdfdsf", "234-13", "2026-01-32", "2026-1-1-1", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
          "2026-01-01T00:00:00Zulu", "2016-12-13t2:00:00.593194+1", "2016-12-13t2:00:00.1999999999+10:59",
          "9223372036854775808", "292278994-01-01", "2026-01-01T00:00:00+1:00", "T", "-", "1e9",
          "2026-01-01T1:2:3:4"})
        EXPECT_FALSE(parse_moment(text)) << text;
}

bool within(std::string_view network, std::string_view address) {
    return contains(*parse_network(network), *parse_network(address));
}

TEST(Network, HoldsItsAddresses) {
    EXPECT_TRUE(within("10.0.0.0/8", "10.255.0.1"));
    EXPECT_TRUE(within("10.9.9.9/8", "10.1.2.3"));
    EXPECT_FALSE(within("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(within("203.0.113.128/25", "203.0.113.129"));
    EXPECT_FALSE(within("203.0.113.128/25", "203.0.113.127"));
    EXPECT_TRUE(within("0.0.0.0/0", "255.255.255.255"));
    EXPECT_FALSE(within("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(within("2001:db8::/32", "2001:DB8:1::5"));
    EXPECT_FALSE(within("2001:db8::/33", "2001:db8:8000::"));
    EXPECT_FALSE(within("::/0", "10.0.0.1"));
    EXPECT_TRUE(within("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(within("192.168.1.77", "192.168.1.77"));
    EXPECT_FALSE(within("10.0.0.0/16", "10.0.0.0/8"));
}

TEST(Network, RefusesWhatIsNone) {
    for (const std::string_view text :
         {"", "nonsense", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8",
          " 10.0.0.1", "::1/129", "fe80::1%eth0", "010.0.0.1", "1:2:3:4:5:6:7:8:9"})
        EXPECT_FALSE(parse_network(text)) << text;
    EXPECT_FALSE(parse_network(std::string(1'000, '1')));
    EXPECT_FALSE(parse_network(std::string_view("10.0.0.1\0", 9)));
}

}  // namespace

}  // namespace countersign::policy
