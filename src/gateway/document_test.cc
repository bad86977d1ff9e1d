#include "gateway/document.h"

#include <gtest/gtest.h>

#include "gateway/document_answer.h"

namespace countersign::gateway {

namespace {

namespace json = formats::json;

std::string again(std::string_view text) {
    const auto document = document_of(*formats::parse_json(text));
    return document ? json::serialize(json_of(*document)) : document.error().message;
}

TEST(Document, IsTheSameAgain) {
    for (const char* text :
         {R"({"a":"b"})", R"({"a":["x","y"]})", R"({"a":[{"b":"c"},{"b":["d"]}],"e":{"f":{"g":"h"}}})"})
        EXPECT_EQ(again(text), text);
}

TEST(Document, KeepsTheOrderOfMoreThanNineItems) {
    std::string items;
    for (int i = 0; i < 12; ++i) items += (i > 0 ? ",\"" : "\"") + std::to_string(i) + '"';
    EXPECT_EQ(again("{\"a\":[" + items + "]}"), "{\"a\":[" + items + "]}");
}

TEST(Document, HasTextsAlone) {
    EXPECT_EQ(again(R"({"a":true,"b":7})"), R"({"a":"true","b":"7"})");
}

// Whoever reads it as a policy refuses it then.
TEST(Document, LosesWhatIsEmpty) {
    EXPECT_EQ(again(R"({"a":[]})"), R"({"a":""})");
    EXPECT_EQ(again(R"({"a":{}})"), R"({"a":""})");
}

TEST(Document, TakesNoNameWithADot) {
    EXPECT_FALSE(document_of(*formats::parse_json(R"({"a.b":"c"})")));
}

TEST(Document, IsWrittenAsItIs) {
    JsonAnswer answer;
    write_document(answer, "Policy", *formats::parse_json(R"({"a":["x",{"b":"c"}]})"));
    EXPECT_EQ(std::move(answer).finish(), R"({"Policy":{"a":["x",{"b":"c"}]}})");
}

}  // namespace

}  // namespace countersign::gateway
