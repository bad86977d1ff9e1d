#include "services/cloudformation/template/text.h"

#include <gtest/gtest.h>

namespace countersign::cloudformation {
namespace {

std::string read(std::string_view text) {
    const auto value = read_template_text(text);
    return value ? json::serialize(*value) : "error: " + value.error().message;
}

bool refused(std::string_view text, std::string_view why) {
    const std::string said = read(text);
    return said.starts_with("error: ") && said.find(why) != std::string::npos;
}

TEST(TemplateText, JsonAndYamlAreTheSame) {
    EXPECT_EQ(read(R"({"A": {"b": [1, "x", true, null]}})"), R"({"A":{"b":[1,"x",true,null]}})");
    EXPECT_EQ(read("A:\n  b:\n    - 1\n    - x\n    - true\n    - ~\n"), R"({"A":{"b":[1,"x",true,null]}})");
    EXPECT_EQ(read("{A: !Ref B}"), R"({"A":{"Ref":"B"}})");
}

TEST(TemplateText, ShortFormsAreWhatTheyStandFor) {
    EXPECT_EQ(read("a: !GetAtt Cluster.Endpoint.Port"),
              R"({"a":{"Fn::GetAtt":["Cluster","Endpoint.Port"]}})");
    EXPECT_EQ(read("a: !GetAtt [X, Arn]"), R"({"a":{"Fn::GetAtt":["X","Arn"]}})");
    EXPECT_EQ(read("a: !If [C, !Ref X, !Sub '${Y}-z']"),
              R"({"a":{"Fn::If":["C",{"Ref":"X"},{"Fn::Sub":"${Y}-z"}]}})");
    EXPECT_EQ(read("a: !Condition C"), R"({"a":{"Condition":"C"}})");
    EXPECT_EQ(read("a: !Join\n  - ''\n  - [x, y]"), R"({"a":{"Fn::Join":["",["x","y"]]}})");
}

TEST(TemplateText, NumbersThatAreNamesStayTexts) {
    EXPECT_EQ(read("[012345678901, 2012-10-17, 1e3, 0x1F, 1.10, 123456789012, '5', -3]"),
              R"(["012345678901","2012-10-17","1e3","0x1F","1.10",123456789012,"5",-3])");
    EXPECT_EQ(read("[yes, off, 'true', !!str 5, !!int '7']"), R"(["yes","off","true","5",7])");
}

TEST(TemplateText, WhatGrowsOrHidesIsRefused) {
    EXPECT_TRUE(refused("a: &x [1]\nb: *x", "aliases"));
    EXPECT_TRUE(refused("a: {<<: {b: 1}}", "merges"));
    EXPECT_TRUE(refused("a: 1\na: 2", "duplicate key"));
    EXPECT_TRUE(refused(R"({"a": 1, "a": 2})", "a"));
    EXPECT_TRUE(refused("a: !!binary aGk=", "!!binary"));
    EXPECT_TRUE(refused("a: !Transform2 x", "unknown tag"));
    EXPECT_TRUE(refused("a: !GetAtt X", "GetAtt"));
    EXPECT_TRUE(refused("? [a]\n: b", "key"));
    EXPECT_TRUE(refused("a: 1\n---\nb: 2", "one YAML document"));
    EXPECT_TRUE(refused(std::string(100, '[') + std::string(100, ']'), "deep"));
    EXPECT_TRUE(refused("{\"a\": " + std::string(100, '['), "JSON not well-formed"));
    EXPECT_TRUE(refused(std::string(60'000, 'a'), "51200"));
    EXPECT_TRUE(refused("a: \xff", "UTF-8"));
    EXPECT_TRUE(refused("", "one YAML document"));
    std::string many = "[";
    for (int i = 0; i < 24'000; ++i) many += "1,";
    EXPECT_TRUE(refused(many + ']', "too many values"));
}

}  // namespace
}  // namespace countersign::cloudformation
