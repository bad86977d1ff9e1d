#include "policy/rename_principals.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

// Puts brackets around every name, and notes it.
struct Bracketing {
    std::vector<std::string> seen = {};

    std::string operator()(std::string_view text) {
        const auto renamed = rename_principals(text, [this](const std::string& name) -> Result<std::string> {
            seen.push_back(name);
            return '<' + name + '>';
        });
        return renamed ? *renamed : renamed.error().message;
    }
};

TEST(RenamePrincipals, LeavesAllElseAsItIsWritten) {
    constexpr std::string_view text = R"( {
  "Version": "2012-10-17", "Id": "AWS",
  "Statement": [
    {"Sid": "Principal", "Effect": "Allow", "Principal": { "AWS" : [ "one" , "two"],
      "Service": ["one", "ec2.amazonaws.com"] }, "Action": ["sts:AssumeRole"],
      "Condition": {"StringEquals": {"Principal": "one", "AWS": ["two"]}}},
    {"Effect": "Deny", "NotPrincipal": {"AWS":"three"}, "Action": "sts:*"}, {"Effect":"Allow","Principal":"*","Action":"sts:*"}
  ]
}
)";
    Bracketing bracketed;
    std::string expected(text);
    expected.replace(expected.find(R"([ "one" , "two"])"), 16, R"([ "<one>" , "<two>"])");
    expected.replace(expected.find(R"("three")"), 7, R"("<three>")");
    EXPECT_EQ(bracketed(text), expected);
    EXPECT_EQ(bracketed.seen, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(RenamePrincipals, ReadsWhatIsEscaped) {
    Bracketing bracketed;
    EXPECT_EQ(
        bracketed(
            R"({"St\u0061tement":{"Effect":"Allow","Princip\u0061l":{"\u0041WS":"a\/\"b"},"Action":"x:y"}})"),
        R"({"St\u0061tement":{"Effect":"Allow","Princip\u0061l":{"\u0041WS":"<a/\"b>"},"Action":"x:y"}})");
    EXPECT_EQ(bracketed.seen, std::vector<std::string>{R"(a/"b)"});
}

TEST(RenamePrincipals, KeepsTheLiteralOfANameThatStays) {
    constexpr std::string_view text =
        R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"\u0061"},"Action":"x:y"}})";
    const auto renamed =
        rename_principals(text, [](const std::string& name) -> Result<std::string> { return name; });
    ASSERT_TRUE(renamed);
    EXPECT_EQ(*renamed, text);
}

TEST(RenamePrincipals, PassesOverWhatIsNoPolicyDocument) {
    for (const std::string_view text : {"", "{", "[]", R"({"Statement":[{"Principal":{"AWS":"a"}}]})",
                                        R"({"Statement":{"Effect":"Allow"},)"}) {
        Bracketing bracketed;
        EXPECT_EQ(bracketed(text), text);
        EXPECT_TRUE(bracketed.seen.empty());
    }
}

TEST(RenamePrincipals, HandsErrorsOn) {
    const auto renamed =
        rename_principals(R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"a"},"Action":"x:y"}})",
                          [](const std::string&) -> Result<std::string> {
                              return Error{Fault::invalid, "nobody", ""};
                          });
    ASSERT_FALSE(renamed);
    EXPECT_EQ(renamed.error().message, "nobody");
}

}  // namespace

}  // namespace countersign::policy
