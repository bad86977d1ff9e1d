#include "base/text.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Text, SplitsKeepingEmptyParts) {
    EXPECT_EQ(split("a//b/", '/'), (std::vector<std::string_view>{"a", "", "b", ""}));
    EXPECT_EQ(split("", '/'), (std::vector<std::string_view>{""}));
}

TEST(Text, NumbersAreWholeOrNothing) {
    EXPECT_EQ(parse_number<unsigned>("900"), 900U);
    for (const char* text : {"", "900abc", " 900", "+900", "-1", "0x10", "99999999999999999999"})
        EXPECT_EQ(parse_number<unsigned>(text), std::nullopt) << text;
}

TEST(Text, KnowsWellFormedUtf8) {
    EXPECT_TRUE(is_utf8("plain, žluťoučký, 漢字, \xF0\x9F\x98\x80"));
    for (const char* bytes : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "a\xE2\x82"})
        EXPECT_FALSE(is_utf8(bytes));
}

TEST(Text, EscapesForJson) {
    EXPECT_EQ(json_escaped("a\"b\\c\nd\xFF"), "a\\\"b\\\\c\\u000ad\\u00ff");
}

}  // namespace
}  // namespace countersign
