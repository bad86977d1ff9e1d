#include "policy/case_eval.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

std::string line_with(std::string_view members) {
    return R"({"id":"x","identityPolicies":[{"Statement":{"Sid":"S","Effect":"Allow","Action":"*","Resource":"*"}}],
        "principal":"arn:aws:iam::111122223333:user/a","action":"a:b","resource":"*",
        "resourceAccount":"111122223333")" +
           std::string(members) + "}";
}

TEST(CaseEval, AnswersALine) {
    EXPECT_EQ(evaluate_case_line(line_with(R"(,"context":{})")),
              R"x({"id":"x","decision":"allowed","by":"identityPolicies[0], statement 1 (S)"})x");
    EXPECT_EQ(evaluate_case_line(line_with(R"(,"context":{},"scps":[[{"Statement":[]}]])")),
              R"({"id":"x","decision":"implicitDeny","by":null})");
}

TEST(CaseEval, ExplainsOnlyWhenAsked) {
    const std::string answer = evaluate_case_line(line_with(R"(,"context":{},"explain":true)"));
    EXPECT_TRUE(answer.starts_with(
        R"x({"id":"x","decision":"allowed","by":"identityPolicies[0], statement 1 (S)",)x"
        R"x("why":"statement 1 (S) of identityPolicies[0], line 1, allows it","trail":{"decision":"allowed",)x"))
        << answer;
    EXPECT_EQ(evaluate_case_line(line_with(R"(,"context":{},"explain":"yes")")).find("why"),
              std::string::npos);
}

TEST(CaseEval, DeniesWhereAPolicyIsRefused) {
    EXPECT_EQ(
        evaluate_case_line(line_with(R"(,"context":{},"sessionPolicy":{"Statement":{}})")),
        R"({"id":"x","decision":"implicitDeny","by":null,"error":"sessionPolicy: Syntax errors in policy."})");
    EXPECT_EQ(evaluate_case_line(line_with(R"(,"context":{},"rcps":[])")),
              R"({"id":"x","decision":"implicitDeny","by":null,"error":"\"rcps\" is not evaluated"})");
}

TEST(CaseEval, SaysWhatItCannotRead) {
    EXPECT_EQ(evaluate_case_line("[]"), R"({"id":null,"error":"The line is not a JSON object"})");
    EXPECT_EQ(evaluate_case_line(line_with(R"(,"context":{"k":[1]})")),
              R"({"id":"x","error":"\"context\" is not what a case holds there"})");
    EXPECT_EQ(evaluate_case_line(R"({"id":7})"),
              R"({"id":7,"error":"\"principal\" is not what a case holds there"})");
    EXPECT_TRUE(evaluate_case_line("{").starts_with(R"({"id":null,"error":"The text is not JSON)"));
}

}  // namespace

}  // namespace countersign::policy
