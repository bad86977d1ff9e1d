#include <gtest/gtest.h>

#include "../../tests/vectors.h"
#include "policy/case_eval.h"
#include "policy/policy.h"

namespace countersign::policy {

namespace {

using testing::read_vectors;
using testing::text_of;

void expect_decisions(std::string_view file) {
    const auto lines = read_vectors(file);
    if (lines.empty()) GTEST_SKIP() << "no " << file;
    for (const auto& line : lines) {
        const std::string answer = evaluate_case_line(boost::json::serialize(line));
        EXPECT_EQ(text_of(boost::json::parse(answer).as_object(), "decision"), text_of(line, "expected"))
            << text_of(line, "id") << " " << answer;
    }
}

TEST(Corpus, DecidesAsExpected) {
    expect_decisions("iam-cases-permissive.jsonl");
}

TEST(Corpus, DecidesGeneratedCasesAsExpected) {
    expect_decisions("iam-cases-gen.jsonl");
}

TEST(Corpus, RefusesDocumentsInAwsWords) {
    const auto lines = read_vectors("iam-policy-validation.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no iam-policy-validation.jsonl";
    for (const auto& line : lines) {
        const bool raw = line.at("raw").as_bool();
        const std::string document =
            raw ? text_of(line, "policy") : boost::json::serialize(line.at("policy"));
        const auto parsed = parse(document);
        EXPECT_EQ(parsed ? "" : parsed.error().message, text_of(line, "message")) << text_of(line, "id");
        EXPECT_EQ(static_cast<bool>(parsed), text_of(line, "expected") == "valid") << text_of(line, "id");
        EXPECT_EQ(parsed ? "" : parsed.error().code, text_of(line, "code")) << text_of(line, "id");
    }
}

}  // namespace

}  // namespace countersign::policy
