#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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
    EXPECT_EQ(json_escaped("a\"b\\c\nd\xFF"), R"(a\"b\\c\u000Ad\\xFF)");
    EXPECT_EQ(json_escaped("\x7F\xC2\x85\u202E\U000E0041\u00FC"), R"(\u007F\u0085\u202E\uDB40\uDC41ü)");
}

TEST(Text, JsonStaysTheSameAndShowsItself) {
    EXPECT_EQ(visible_json("{\"a\":[\"x\\n\u202E\",1]}"), R"({"a":["x\n\u202E",1]})");
    EXPECT_EQ(visible_json("{\"a\":\"\xFF\"}"), R"({"a":"\\xFF"})");
}

TEST(Text, PrintableShowsWhatCannotBeSeen) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"jane", "jane"},
        {"žluťoučký 漢字 \xF0\x9F\x98\x80", "žluťoučký 漢字 \xF0\x9F\x98\x80"},
        {"\x1B[2J\n\r\t\x7F", R"(\x1B[2J\x0A\x0D\x09\x7F)"},
        {std::string(1, '\0'), R"(\x00)"},
        {"\xFF\xC0\xAF\xED\xA0\x80", R"(\xFF\xC0\xAF\xED\xA0\x80)"},
        {"a\xE2\x82", R"(a\xE2\x82)"},
        {"\xC2\x85\xC2\x9B", R"(\u{85}\u{9B})"},
        {"\u200B\u200D\u200E\u202E\u2066\u2069\u061C",
         R"(\u{200B}\u{200D}\u{200E}\u{202E}\u{2066}\u{2069}\u{61C})"},
        {"\u2028\u2029\uFEFF\u00AD", R"(\u{2028}\u{2029}\u{FEFF}\u{AD})"},
        {"\U000E0041\U0010FFFF\uE000\uFFFF", R"(\u{E0041}\u{10FFFF}\u{E000}\u{FFFF})"},
        {R"(C:\x41 "')", R"(C:\x41 "')"},
    };
    for (const auto& [text, shown] : cases) EXPECT_EQ(printable(text), shown);
}

TEST(Text, PrintableCutsBetweenCharactersAndSaysSo) {
    EXPECT_EQ(printable("abcdef", 6), "abcdef");
    EXPECT_EQ(printable("abcdefg", 6), "abc…");
    EXPECT_EQ(printable("abü\x01x", 6), "ab…");
    EXPECT_EQ(printable("\xFF\xFF\xFF", 8), R"(\xFF…)");
    EXPECT_EQ(printable(std::string(64 * 1024, 'a')).size(), 8192);
}

TEST(Text, PrintableLinesKeepTheirEnds) {
    EXPECT_EQ(printable_lines("a\tb\n\x1B\r\n\xFF"), "a\tb\n\\x1B\\x0D\n\\xFF");
}

// Bytes as hostile as they come: pieces of sequences, controls and marks between letters.
rc::Gen<std::string> hostile() {
    const std::vector<std::string> pieces{"a",      "\\",     "\n",         "\x1B[2J", "\xFF",   "\xE2",
                                          "\x82",   "\xAC",   "\"",         "…",       "\u202E", "\u2028",
                                          "\uFEFF", "\u00E9", "\U000E0001", "\x80"};
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)),
                        [](const std::vector<std::string>& parts) { return joined(parts, ""); });
}

RC_GTEST_PROP(Text, PrintableIsOneVisibleLineWhateverItWas, ()) {
    const std::string text = *hostile();
    const std::size_t bytes_max = *rc::gen::inRange<std::size_t>(3, 100);
    const std::string shown = printable(text, bytes_max);
    RC_ASSERT(is_utf8(shown));
    RC_ASSERT(shown.size() <= bytes_max);
    RC_ASSERT(printable(shown, bytes_max) == shown);
    for (const char* hidden : {"\n", "\x1B", "\u202E", "\u2028", "\uFEFF", "\U000E0001"})
        RC_ASSERT(shown.find(hidden) == std::string::npos);
    RC_ASSERT(visible_json(json_escaped(text)) == json_escaped(text));
}

}  // namespace
}  // namespace countersign
