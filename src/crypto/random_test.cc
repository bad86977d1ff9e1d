#include "crypto/random.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "crypto/counting_random.h"

namespace countersign::crypto {
namespace {

TEST(Random, TheSystemGivesWhatIsAskedAndNeverTheSame) {
    SystemRandom random;
    EXPECT_EQ(random.bytes(0), "");
    EXPECT_EQ(random.bytes(100'000).size(), 100'000U);
    std::set<std::string> drawn;
    for (int i = 0; i < 1000; ++i) drawn.insert(random.bytes(16));
    EXPECT_EQ(drawn.size(), 1000U);
}

TEST(Random, ABiasedByteIsPassedOver) {
    // Of 256 bytes in a row, 250 are used: the last six would favour the first six characters.
    CountingRandom random;
    const std::string text = random_text(random, "0123456789", 250);
    std::map<char, int> counts;
    for (const char c : text) ++counts[c];
    for (const auto& [character, count] : counts) EXPECT_EQ(count, 25) << character;

    CountingRandom late(249);
    EXPECT_EQ(random_text(late, "0123456789", 3), "901");
}

TEST(Random, TextHasItsLengthAndItsAlphabet) {
    SystemRandom random;
    const std::string text = random_text(random, "ABC", 1000);
    EXPECT_EQ(text.size(), 1000U);
    EXPECT_EQ(std::set<char>(text.begin(), text.end()), (std::set<char>{'A', 'B', 'C'}));
    EXPECT_EQ(random_text(random, "x", 5), "xxxxx");
    EXPECT_EQ(random_text(random, "ABC", 0), "");
}

TEST(Random, UuidsHaveVersionFourAndTheVariant) {
    CountingRandom counting;
    EXPECT_EQ(random_uuid(counting), "00010203-0405-4607-8809-0a0b0c0d0e0f");
    CountingRandom high(0xF0);
    EXPECT_EQ(random_uuid(high), "f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff");
}

}  // namespace
}  // namespace countersign::crypto
