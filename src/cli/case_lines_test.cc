#include "cli/case_lines.h"

#include <gtest/gtest.h>

#include <sstream>

#include "../../tests/vectors.h"

namespace countersign::cli {
namespace {

namespace json = boost::json;

json::object answer_to(const json::object& line) {
    return json::parse(verify_token_line(json::serialize(line))).get_object();
}

TEST(TokenLines, EveryGenuineTokenIsValid) {
    const auto lines = testing::read_vectors("tokens.jsonl");
    if (lines.empty()) GTEST_SKIP() << "tokens.jsonl is not here";
    for (const json::object& line : lines) {
        const json::object answer = answer_to(line);
        EXPECT_TRUE(answer.at("valid").as_bool()) << json::serialize(answer);
    }
}

TEST(TokenLines, EverySpoiltTokenIsJudgedAsItsLabelSays) {
    const auto lines = testing::read_vectors("tokens-bad.jsonl");
    if (lines.empty()) GTEST_SKIP() << "tokens-bad.jsonl is not here";
    int judged = 0;
    for (const json::object& line : lines) {
        if (line.at("confidence").as_string() != "certain" || line.at("expected").as_string() == "ambiguous")
            continue;
        const bool valid = line.at("expected").as_string() == "valid";
        const json::object answer = answer_to(line);
        EXPECT_EQ(answer.at("valid").as_bool(), valid) << line.at("tamper") << ' ' << json::serialize(answer);
        EXPECT_TRUE(valid || answer.contains("check"));
        ++judged;
    }
    EXPECT_GT(judged, 100);
}

TEST(TokenLines, WhatIsNoCaseIsNotValid) {
    for (const char* line : {"", "{", "[]", "{}", R"({"id":"x","token":"t"})"}) {
        const auto answer = json::parse(verify_token_line(line)).get_object();
        EXPECT_FALSE(answer.at("valid").as_bool()) << line;
    }
}

TEST(TokenLines, BlankLinesArePassedOver) {
    std::istringstream in("\n  \n{}\n");
    std::vector<std::string> answers;
    judge_lines(in, verify_token_line, [&](const std::string& answer) { answers.push_back(answer); });
    EXPECT_EQ(answers.size(), 1U);
}

}  // namespace
}  // namespace countersign::cli
