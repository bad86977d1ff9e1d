#include "network/cidr.h"

#include <gtest/gtest.h>

namespace countersign::network {
namespace {

std::string canonical(std::string_view text) {
    const auto block = parse_cidr(text);
    return block ? text_of(*block) : "";
}

TEST(Cidr, IsWrittenWithoutTheBitsBehindItsLength) {
    EXPECT_EQ(canonical("10.1.2.3/8"), "10.0.0.0/8");
    EXPECT_EQ(canonical("10.1.2.3/32"), "10.1.2.3/32");
    EXPECT_EQ(canonical("172.31.17.9/20"), "172.31.16.0/20");
    EXPECT_EQ(canonical("0.0.0.0/0"), "0.0.0.0/0");
    EXPECT_EQ(canonical("2001:DB8::1/33"), "2001:db8::/33");
    EXPECT_EQ(canonical("::/0"), "::/0");
}

TEST(Cidr, RefusesWhatIsNone) {
    for (const char* text : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "::1", "::/129", "a/8",
                             "10.0.0.0/-1", "10.0.0.0/08x", " 10.0.0.0/8"})
        EXPECT_FALSE(parse_cidr(text)) << text;
    EXPECT_FALSE(parse_cidr4("::/0"));
    EXPECT_FALSE(parse_cidr6("10.0.0.0/8"));
    EXPECT_FALSE(parse_cidr6("::ffff:10.0.0.0/104")) << "which is IPv4";
}

TEST(Cidr, BlocksOverlapWhereOneHoldsTheOther) {
    const auto block = [](std::string_view text) { return *parse_cidr(text); };
    EXPECT_TRUE(overlap(block("10.0.0.0/8"), block("10.9.0.0/16")));
    EXPECT_TRUE(overlap(block("10.9.0.0/16"), block("10.0.0.0/8")));
    EXPECT_FALSE(overlap(block("10.0.0.0/16"), block("10.1.0.0/16")));
    EXPECT_EQ(usable_addresses(block("10.0.0.0/24")), 251);
    EXPECT_EQ(usable_addresses(block("172.31.0.0/20")), 4091);
}

}  // namespace
}  // namespace countersign::network
