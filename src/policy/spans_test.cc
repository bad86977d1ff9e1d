#include "policy/spans.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

// Every span as START-END, each LINE:COLUMN.
std::string spans_of(std::string_view text) {
    std::string all;
    const auto place = [](const Position& position) {
        return std::to_string(position.line) + ":" + std::to_string(position.column);
    };
    for (const Span& span : statement_spans(text))
        all += (all.empty() ? "" : " ") + place(span.start) + "-" + place(span.end);
    return all;
}

// The first is the AWS CLI's own example of simulate-custom-policy, with the positions that AWS gave.
TEST(Spans, AreThoseOfAwsSimulator) {
    EXPECT_EQ(
        spans_of(
            R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*",)"
            R"("Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}})"),
        "1:38-1:167");
    EXPECT_EQ(
        spans_of(
            R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}, {}]})"),
        "1:41-1:86 1:86-1:90");
    EXPECT_EQ(spans_of("{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            "
                       "\"Effect\": \"Allow\"\n        }\n    ]\n}"),
              "3:19-6:10");
}

TEST(Spans, AreFoundWhateverTheTextHolds) {
    EXPECT_EQ(spans_of(R"({"Id":"}\"]{[","Statement":[{"Sid":"a]}\\"},{"Sid":"b"}]})"),
              "1:29-1:44 1:44-1:56");
    EXPECT_EQ(spans_of("{\"Stat\\u0065ment\":{}}"), "1:20-1:21");
    EXPECT_EQ(spans_of("{\"Statement\":[]}"), "");
    EXPECT_EQ(spans_of("{\r\n\"Statement\":[\r{\"Sid\":\"ü\"}]}"), "2:14-3:12");
    EXPECT_EQ(spans_of(R"( { "Statement" : [ {} , {} ] , "Id" : "x" } )"), "1:19-1:22 1:22-1:27");
}

TEST(Spans, AreNoneOfWhatIsNoDocument) {
    for (const char* text :
         {"", "[]", "{", "{}", R"({"Statement")", R"({"Statement":7})", R"({"Version":"x"})"})
        EXPECT_EQ(spans_of(text), "") << text;
}

}  // namespace

}  // namespace countersign::policy
