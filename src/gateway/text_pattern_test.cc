#include "gateway/text_pattern.h"

#include <gtest/gtest.h>

namespace countersign::gateway {
namespace {

// a(b|cd)?  as positions a, b, c, d.
constexpr CharacterRange a[] = {{'a', 'a'}};
constexpr CharacterRange b[] = {{'b', 'b'}, {0x6F22, 0x6F22}};
constexpr CharacterRange c[] = {{'c', 'c'}};
constexpr CharacterRange d[] = {{'d', 'd'}, {'x', 'z'}};
constexpr PatternPosition positions[] = {{a, 0b0110}, {b, 0}, {c, 0b1000}, {d, 0}};
constexpr TextPattern pattern{"a(b|cd)?", false, 0b0001, 0b1011, positions};

TEST(TextPattern, TakesExactlyWhatThePositionsSay) {
    for (const char32_t* text : {U"a", U"ab", U"acd", U"acy", U"a\u6F22"})
        EXPECT_TRUE(matches(pattern, text));
    for (const char32_t* text : {U"", U"b", U"ac", U"abb", U"aab", U"acw", U"ac{", U"a\u6F23"})
        EXPECT_FALSE(matches(pattern, text));
    EXPECT_TRUE(matches(TextPattern{"", true, 0, 0, {}}, U""));
}

TEST(TextPattern, CountsCharactersNotBytes) {
    EXPECT_EQ(characters_of("a\xC5\xBE\xE6\xBC\xA2\xF0\x9F\x98\x80"), U"a\u017E\u6F22\U0001F600");
    EXPECT_EQ(characters_of(""), U"");
    EXPECT_EQ(characters_of("\xFF"), std::nullopt);
}

}  // namespace
}  // namespace countersign::gateway
