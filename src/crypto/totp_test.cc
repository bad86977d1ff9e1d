#include "crypto/totp.h"

#include <gtest/gtest.h>

#include <vector>

namespace countersign::crypto {
namespace {

const Secret rfc_key("12345678901234567890");

Instant at(std::int64_t seconds) {
    return Instant(std::chrono::seconds(seconds));
}

// RFC 6238, appendix B, SHA-1: the last six of its eight digits.
TEST(Totp, GivesTheStandardsCodes) {
    const std::vector<std::pair<std::int64_t, std::string>> vectors{{59, "287082"},
                                                                    {1'111'111'109, "081804"},
                                                                    {1'111'111'111, "050471"},
                                                                    {1'234'567'890, "005924"},
                                                                    {2'000'000'000, "279037"},
                                                                    {20'000'000'000, "353130"}};
    for (const auto& [seconds, code] : vectors) EXPECT_EQ(totp_code(rfc_key, totp_step(at(seconds))), code);
}

// RFC 4226, appendix D.
TEST(Totp, GivesTheCodesOfTheCounter) {
    const std::vector<std::string> codes{"755224", "287082", "359152", "969429", "338314",
                                         "254676", "287922", "162583", "399871", "520489"};
    for (std::size_t step = 0; step < codes.size(); ++step) EXPECT_EQ(totp_code(rfc_key, step), codes[step]);
}

TEST(Totp, MatchesOneStepToEitherSideAndSaysWhich) {
    const Instant now = at(1'234'567'890);
    const std::uint64_t present = totp_step(now);
    for (std::uint64_t step = present - 3; step <= present + 3; ++step) {
        const auto matching = matching_totp_step(rfc_key, totp_code(rfc_key, step), now);
        if (step + 1 < present || step > present + 1)
            EXPECT_FALSE(matching) << step - present;
        else
            EXPECT_EQ(matching, step);
    }
}

TEST(Totp, RefusesWhatIsNotACode) {
    const Instant now = at(59);
    for (const char* code : {"", "28708", "2870820", " 287082", "287083", "94287082"})
        EXPECT_FALSE(matching_totp_step(rfc_key, code, now)) << code;
    EXPECT_TRUE(matching_totp_step(rfc_key, "287082", now));
    EXPECT_FALSE(matching_totp_step(Secret(), totp_code(Secret(), totp_step(now)), now));
}

TEST(Totp, TheFirstStepHasNoneBeforeIt) {
    EXPECT_EQ(totp_step(at(-1)), 0U);
    EXPECT_EQ(matching_totp_step(rfc_key, "755224", at(0)), 0U);
}

TEST(Totp, ReadsKeysAsPeopleCarryThem) {
    for (const char* text :
         {"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
          "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ===="}) {
        const auto key = totp_key(text);
        ASSERT_TRUE(key) << text;
        EXPECT_EQ(key->reveal(), rfc_key.reveal());
    }
    for (const std::string& text :
         {std::string(), std::string("GEZDGNBV"), std::string("GEZDGNBVGY3TQOJ1"),
          std::string("GEZDGNBVGY3TQOJQ\n"), std::string(300, 'A'), std::string(600, 'A')})
        EXPECT_FALSE(totp_key(text)) << text;
}

}  // namespace
}  // namespace countersign::crypto
