#include "policy/glob.h"

#include <gtest/gtest.h>

#include <random>

namespace countersign::policy {

namespace {

struct GlobCase {
    std::string_view pattern;
    std::string_view text;
    bool matches;
};

bool glob(std::string_view pattern, std::string_view text, Case letters = Case::exact,
          const Context& context = {}) {
    return Pattern(pattern, {.variables = true, .wildcards = true}, letters).matches(text, context);
}

TEST(Glob, MatchesWildcards) {
    constexpr GlobCase cases[] = {
        {"", "", true},           {"", "a", false},         {"*", "", true},         {"*", "a/b:c", true},
        {"?", "", false},         {"?", "a", true},         {"?", "ab", false},      {"a*", "a", true},
        {"a*c", "abbc", true},    {"a*c", "abbcd", false},  {"*b*", "abc", true},    {"*b*", "acc", false},
        {"a?c", "abc", true},     {"a?c", "ac", false},     {"*ab", "aab", true},    {"*aab", "aaab", true},
        {"a*b*c", "abcbc", true}, {"a*b*c", "acbb", false}, {"**", "x", true},       {"*?", "", false},
        {"??*", "a", false},      {"a*b?", "abab", false},  {"a*b?", "ababx", true}, {"A", "a", false},
        {"abc", "abc", true},     {"abc", "abcd", false},   {"x${*}y", "x*y", true}, {"x${*}y", "xzy", false},
    };
    for (const GlobCase& each : cases)
        EXPECT_EQ(glob(each.pattern, each.text), each.matches) << each.pattern << " on " << each.text;
}

TEST(Glob, CountsCharactersNotBytes) {
    EXPECT_TRUE(glob("j?n", "j\xC3\xB6n"));
    EXPECT_FALSE(glob("j??n", "j\xC3\xB6n"));
    EXPECT_FALSE(glob("*??", "\xE2\x82\xAC"));
    EXPECT_TRUE(glob("?", "\xFF"));
}

TEST(Glob, IgnoresCaseOnlyWhereAsked) {
    EXPECT_TRUE(glob("RDS-db:Conn*", "rds-DB:connect", Case::ignored));
    EXPECT_TRUE(glob("s3:getobject", "S3:GetObject", Case::ignored));
    EXPECT_FALSE(glob("s3:Get*", "s3:get", Case::exact));
}

TEST(Glob, TakesVariablesLiterally) {
    const Context context = {{"aws:username", {"*"}}, {"many", {"a", "b"}}};
    EXPECT_TRUE(glob("dbuser:x/${aws:username}", "dbuser:x/*", Case::exact, context));
    EXPECT_FALSE(glob("dbuser:x/${aws:username}", "dbuser:x/alice", Case::exact, context));
    EXPECT_FALSE(glob("*${absent}", "anything", Case::exact, context));
    EXPECT_FALSE(glob("${many}", "a", Case::exact, context));
    EXPECT_TRUE(glob("${absent, 'a*'}?", "a*b", Case::exact, context));
}

// The definition, as slow as it is plain.
bool defined(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() == '*')
        return defined(pattern.substr(1), text) || (!text.empty() && defined(pattern, text.substr(1)));
    return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
           defined(pattern.substr(1), text.substr(1));
}

TEST(Glob, AgreesWithItsDefinition) {
    std::mt19937 random(1);
    const auto word = [&](std::string_view letters) {
        std::string made(random() % 9, ' ');
        for (char& letter : made) letter = letters[random() % letters.size()];
        return made;
    };
    int matched = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string pattern = word("ab*?");
        const std::string text = word("ab");
        EXPECT_EQ(glob(pattern, text), defined(pattern, text)) << pattern << " on " << text;
        matched += defined(pattern, text) ? 1 : 0;
    }
    EXPECT_GT(matched, 1'000);
}

TEST(Glob, EndsOnManyStars) {
    std::string pattern;
    for (int star = 0; star < 2'000; ++star) pattern += "*a";
    EXPECT_FALSE(glob(pattern + "*b", std::string(4'000, 'a')));
    EXPECT_TRUE(glob(pattern + "*", std::string(4'000, 'a')));
}

}  // namespace

}  // namespace countersign::policy
