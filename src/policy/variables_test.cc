#include "policy/variables.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

constexpr Syntax everything{.variables = true, .wildcards = true};

// The pieces in one line: literals as they are, ANY, ONE, and <key> or <key|fallback>.
std::string shown(std::string_view text, Syntax syntax) {
    std::string all;
    for (const Piece& piece : pieces_of(text, syntax)) {
        if (piece.kind == Piece::Kind::literal) all += piece.text;
        if (piece.kind == Piece::Kind::any_run) all += "ANY";
        if (piece.kind == Piece::Kind::any_one) all += "ONE";
        if (piece.kind == Piece::Kind::variable)
            all += "<" + piece.text + (piece.fallback ? "|" + *piece.fallback : "") + ">";
    }
    return all;
}

TEST(Variables, TakesTextApart) {
    EXPECT_EQ(shown("a/${aws:UserName}/b", everything), "a/<aws:username>/b");
    EXPECT_EQ(shown("${aws:PrincipalTag/Team, 'none, yet'}", everything),
              "<aws:principaltag/team|none, yet>");
    EXPECT_EQ(shown("${k,''}", everything), "<k|>");
    EXPECT_EQ(shown("a**?b", everything), "aANYONEb");
    EXPECT_EQ(shown("${*}${?}${$}", everything), "*?$");
    EXPECT_EQ(shown("${}", everything), "${}");
    EXPECT_EQ(shown("${ , 'x'}", everything), "${ , 'x'}");
    EXPECT_EQ(shown("${k, x}", everything), "${k, x}");
    EXPECT_EQ(shown("${k, '}", everything), "${k, '}");
    EXPECT_EQ(shown("$a${open", everything), "$a${open");
    EXPECT_EQ(shown("", everything), "");
}

TEST(Variables, LeavesMarksWithoutMeaningAlone) {
    EXPECT_EQ(shown("${aws:username}*", {.variables = false, .wildcards = true}), "${aws:username}ANY");
    EXPECT_EQ(shown("${*}*?", {.variables = true, .wildcards = false}), "**?");
}

TEST(Variables, HasTheOnlyValueOrTheFallback) {
    const Context context = {{"one", {"1"}}, {"two", {"1", "2"}}, {"none", {}}};
    const auto value = [&](std::string key, std::optional<std::string> fallback) {
        const Piece variable{Piece::Kind::variable, std::move(key), std::move(fallback)};
        const std::string* found = value_of(variable, context);
        return found == nullptr ? std::string("nothing") : *found;
    };
    EXPECT_EQ(value("one", "x"), "1");
    EXPECT_EQ(value("two", "x"), "x");
    EXPECT_EQ(value("two", std::nullopt), "nothing");
    EXPECT_EQ(value("none", std::nullopt), "nothing");
    EXPECT_EQ(value("absent", "x"), "x");
    EXPECT_EQ(value("absent", std::nullopt), "nothing");
}

TEST(Variables, TakesManyUnclosedOnesInOnePass) {
    std::string text;
    for (int at = 0; at < 100'000; ++at) text += "${";
    EXPECT_EQ(pieces_of(text, everything).size(), 1U);
}

}  // namespace

}  // namespace countersign::policy
