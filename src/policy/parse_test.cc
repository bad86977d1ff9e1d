#include <gtest/gtest.h>

#include "policy/document.h"
#include "policy/policy.h"

namespace countersign::policy {

namespace {

constexpr std::string_view syntax_message = "Syntax errors in policy.";

std::string with_statement(std::string_view members) {
    return R"({"Version":"2012-10-17","Statement":{)" + std::string(members) + "}}";
}

// What parse() says of a document; empty when it accepts it.
std::string fault_of(std::string_view text, Form form = Form::identity) {
    const auto parsed = parse(text, form);
    if (parsed) return {};
    EXPECT_EQ(parsed.error().code, "MalformedPolicyDocument");
    EXPECT_EQ(parsed.error().fault, Fault::invalid);
    return parsed.error().message;
}

TEST(Parse, AcceptsTheWholeGrammar) {
    const std::string document = R"({"Version":"2012-10-17","Id":"x","Statement":[
        {"Sid":"A","Effect":"Allow","Action":["rds-db:*","*"],"Resource":"*",
         "Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"a:n":[1,2.5,"3"]},
                      "ForAnyValue:StringLikeIfExists":{"a:k":["x*"]}}},
        {"Effect":"Deny","NotAction":"iam:*","NotResource":["arn:aws:s3:::x/${aws:username, 'nobody'}"]}]})";
    const auto parsed = parse(document);
    ASSERT_TRUE(parsed) << parsed.error().message;
    const auto& statements = (*parsed)->statements();
    ASSERT_EQ(statements.size(), 2U);
    EXPECT_EQ(statements[0].sid, "A");
    EXPECT_TRUE(statements[0].allows);
    EXPECT_EQ(statements[0].conditions.size(), 3U);
    EXPECT_FALSE(statements[1].allows);
    EXPECT_TRUE(statements[1].actions.negated);
    EXPECT_TRUE(statements[1].resources->negated);
}

TEST(Parse, ReadsFractionsExactly) {
    const auto parsed = parse(with_statement(
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"NumericEquals":{"k":100.5}})"));
    ASSERT_TRUE(parsed);
    const Condition& condition = (*parsed)->statements()[0].conditions[0];
    EXPECT_TRUE(condition.holds({{"k", {"100.50"}}}));
    EXPECT_FALSE(condition.holds({{"k", {"100.51"}}}));
}

TEST(Parse, RefusesWrongShapes) {
    const std::string good = R"("Effect":"Allow","Action":"a:b","Resource":"*")";
    const std::string documents[] = {
        "",
        "[]",
        "{}",
        "null",
        with_statement(good) + "x",
        with_statement(good + R"(,"Effect":"Deny")"),
        with_statement(good + R"(,"effect":"Deny")"),
        with_statement(good + R"(,"Sid":1)"),
        with_statement(good + R"(,"Condition":{"StringEquals":{"k":null}})"),
        with_statement(good + R"(,"Condition":{"StringEquals":{"k":[["x"]]}})"),
        with_statement(good + R"(,"Condition":{"StringSame":{"k":"x"}})"),
        with_statement(R"("Effect":"Permit","Action":"a:b","Resource":"*")"),
        with_statement(R"("Effect":"Allow","Action":"a:b","NotResource":["*",null])"),
        with_statement(R"("Effect":"Allow","Action":"a:b","Resource":[null])"),
        R"({"Version":"2012-10-17","Version":"2012-10-17","Statement":{)" + good + "}}",
        R"({"Version":"2012-10-17","Statement":{)" + good + R"(},"Conditions":{}})",
        R"({"version":"2012-10-17","Statement":{)" + good + "}}",
        with_statement(good + ",\"Sid\":\"\xFF\""),
    };
    for (const std::string& document : documents) EXPECT_EQ(fault_of(document), syntax_message) << document;
}

TEST(Parse, NamesWhatIsWrong) {
    EXPECT_EQ(fault_of(with_statement(R"("Effect":"Allow","Action":"a:b","Resource":"*","Principal":"*")")),
              "Policy document should not specify a principal.");
    EXPECT_EQ(
        fault_of(with_statement(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:${aws:x}:1:y")")),
        "Resource arn:aws:s3:${aws:x}:1:y can not contain region information.");
    EXPECT_EQ(
        fault_of(with_statement(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:rds:${aws:x}:1:y")")),
        "The policy failed legacy parsing");
    EXPECT_EQ(fault_of(with_statement(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:s*:::y")")),
              "Resource vendor must be fully qualified and cannot contain regexes.");
    EXPECT_EQ(
        fault_of(with_statement(R"("Sid":"a-b","Effect":"Allow","Action":"a:b","Resource":"*")")),
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
        "[0-9A-Za-z]*");
    EXPECT_EQ(fault_of(R"({"Version":"2012-10-17","Statement":[
                  {"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"},
                  {"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"}]})"),
              "Statement IDs (SID) in a single policy must be unique.");
    EXPECT_EQ(
        fault_of(with_statement(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws-us-gov:s3:::y")")),
        R"(Partition "aws-us-gov" is not valid for resource "arn:aws-us-gov:s3:::y".)");
    EXPECT_EQ(fault_of(with_statement(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws*:s3:::y")")),
              "");
}

TEST(Parse, HoldsTrustPoliciesToTheirRules) {
    const auto trust = [](std::string_view members) {
        return fault_of(with_statement(members), Form::resource);
    };
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"})"), "");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],
                      "Principal":{"Service":["rds.amazonaws.com"]})"),
              "");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole")"), "Missing required field Principal");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{})"),
              "Missing required field Principal");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":"alice")"), syntax_message);
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"alice"})"),
              R"(Invalid principal in policy: "AWS":"alice")");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*")"),
              "Has prohibited field Resource");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"s3:Get","Principal":"*")"),
              "AssumeRole policy may only specify STS AssumeRole actions");
    EXPECT_EQ(trust(R"("Effect":"Allow","NotAction":"s3:Get","Principal":"*")"),
              "AssumeRole policy may only specify STS AssumeRole actions");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"111122223333"})"),
              "NotPrincipal cannot be used with Effect Allow");
    EXPECT_EQ(fault_of(R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
                           "Principal":{"AWS":"*"}}})",
                       Form::resource),
              "");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":"*")"),
              R"(AssumeRolepolicy contained an invalid principal: "STAR":"*".)");
    EXPECT_EQ(fault_of("{", Form::resource), "This policy contains invalid Json");
    EXPECT_EQ(trust(R"("Sid":"a b_c","Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"})"),
              "");
}

TEST(Parse, IsLenientInStyleOnly) {
    EXPECT_TRUE(parse_lenient(R"({"Statement":[]})"));
    EXPECT_TRUE(parse_lenient(R"({"Statement":{"Effect":"Allow","Action":"a","Resource":"b"}})"));
    EXPECT_FALSE(parse_lenient(R"({"Statement":{"Effect":"allow","Action":"a","Resource":"b"}})"));
    EXPECT_FALSE(parse_lenient(R"({"Statement":{"Effect":"Allow","Action":"a"}})"));
    EXPECT_FALSE(parse_lenient(R"({"Statement":{"Effect":"Allow","Action":[],"Resource":"b"}})"));
    EXPECT_FALSE(
        parse_lenient(R"({"Statement":{"Effect":"Allow","Action":"a","Resource":"b","Principal":"*"}})"));
    EXPECT_FALSE(parse_lenient(
        R"({"Statement":{"Effect":"Allow","Action":"a","Resource":"b","Condition":{"BinaryNotEquals":{"k":"v"}}}})"));
}

TEST(Parse, SurvivesHostileTexts) {
    EXPECT_EQ(fault_of(std::string(200'000, '[')), syntax_message);
    std::string nested;
    for (int depth = 0; depth < 100'000; ++depth) nested += R"({"Statement":)";
    EXPECT_EQ(fault_of(nested), syntax_message);
    EXPECT_EQ(fault_of(with_statement(R"("Effect":"Allow","Action":"a:b","Resource":")" +
                                      std::string(1'000'000, ':') + "\"")),
              R"(Partition "" is not valid for resource "arn)" + std::string(1'000'000, ':') + "\".");
    std::string many = R"({"Version":"2012-10-17","Statement":[)";
    for (int at = 0; at < 20'000; ++at)
        many += R"({"Sid":")" + std::to_string(at) + R"(","Effect":"Allow","Action":"a:b","Resource":"*"},)";
    many.back() = ']';
    EXPECT_EQ(fault_of(many + "}"), "");
}

TEST(Parse, NeverCrashesOnATruncatedOrSpoiltDocument) {
    const std::string document = with_statement(
        R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::${x, 'y'}","Condition":{"Bool":{"k":true}})");
    for (std::size_t length = 0; length < document.size(); ++length)
        EXPECT_NE(fault_of(std::string_view(document).substr(0, length)), "") << length;
    for (std::size_t at = 0; at < document.size(); ++at) {
        std::string spoilt = document;
        spoilt[at] = '\x01';
        EXPECT_NE(fault_of(spoilt), "") << at;
    }
}

}  // namespace

}  // namespace countersign::policy
