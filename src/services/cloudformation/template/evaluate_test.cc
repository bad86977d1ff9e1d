#include "services/cloudformation/template/evaluate.h"

#include <gtest/gtest.h>

namespace countersign::cloudformation {
namespace {

constexpr const char* base = R"(
Parameters: {P: {Type: String}}
Mappings: {M: {a: {b: found}}}
Conditions: {Yes: !Equals [1, "1"], No: !Not [!Condition Yes], Both: !And [!Condition Yes, !Condition No]}
Resources: {R: {Type: T}}
)";

class Evaluation : public testing::Test {
protected:
    Evaluation() {
        auto read = read_template(base);
        EXPECT_TRUE(read) << (read ? "" : read.error().message);
        template_ = *std::move(read);
        environment_.parameters = {{"P", json::value("given")}, {"L", json::array{"x", "y"}}};
        environment_.ref = [](const std::string& name) -> Result<json::value> {
            return json::value(name + "-1");
        };
        environment_.attribute = [](const std::string& name,
                                    const std::string& attribute) -> Result<json::value> {
            return json::value(name + '/' + attribute);
        };
        environment_.import = [](const std::string& name) -> Result<json::value> {
            return json::value('<' + name + '>');
        };
        auto conditions = evaluate_conditions(template_, environment_);
        EXPECT_TRUE(conditions) << (conditions ? "" : conditions.error().message);
        environment_.conditions = *std::move(conditions);
    }

    std::string value(const std::string& yaml) {
        const auto read = read_template_text("v: " + yaml);
        if (!read) return "unreadable: " + read.error().message;
        const auto found = Evaluator(template_, environment_).value(read->get_object().at("v"));
        if (!found) return "error: " + found.error().message;
        return *found ? json::serialize(**found) : "none";
    }

    Template template_;
    Environment environment_{"123456789012",
                             "us-west-2",
                             "shop",
                             "arn:aws:cloudformation:us-west-2:123456789012:stack/shop/1",
                             {},
                             {}};
};

TEST_F(Evaluation, References) {
    EXPECT_EQ(value("!Ref P"), R"("given")");
    EXPECT_EQ(value("!Ref L"), R"(["x","y"])");
    EXPECT_EQ(value("!Ref R"), R"("R-1")");
    EXPECT_EQ(value("!GetAtt R.Arn"), R"("R/Arn")");
    EXPECT_EQ(value("!Ref AWS::AccountId"), R"("123456789012")");
    EXPECT_EQ(value("!Ref AWS::Partition"), R"("aws")");
    EXPECT_EQ(value("!Ref AWS::NoValue"), "none");
    EXPECT_EQ(value("{a: !Ref AWS::NoValue, b: [!Ref AWS::NoValue, 1]}"), R"({"b":[1]})");
    EXPECT_EQ(value("!ImportValue x"), R"("<x>")");
    EXPECT_TRUE(value("!Ref Nobody").starts_with("error: "));
}

TEST_F(Evaluation, Texts) {
    EXPECT_EQ(value("!Sub '${P}-${R}-${R.Arn}-${!P}-${AWS::Region}'"), R"("given-R-1-R/Arn-${P}-us-west-2")");
    EXPECT_EQ(value("!Sub ['${A}${P}', {A: !Join [',', !Ref L]}]"), R"("x,ygiven")");
    EXPECT_TRUE(value("!Sub '${P'").starts_with("error: "));
    EXPECT_TRUE(value("!Sub '${L}'").starts_with("error: "));
    EXPECT_EQ(value("!Join ['', [a, 1, true]]"), R"("a1true")");
    EXPECT_EQ(value("!Split [',', 'a,b,']"), R"(["a","b",""])");
    EXPECT_TRUE(value("!Split ['', abc]").starts_with("error: "));
    EXPECT_EQ(value("!Select [1, !Ref L]"), R"("y")");
    EXPECT_TRUE(value("!Select [2, !Ref L]").starts_with("error: "));
    EXPECT_EQ(value("!Base64 hi"), R"("aGk=")");
    EXPECT_EQ(value("!FindInMap [M, a, b]"), R"("found")");
    EXPECT_TRUE(value("!FindInMap [M, a, c]").starts_with("error: "));
    EXPECT_EQ(value("!GetAZs ''"), R"(["us-west-2a","us-west-2b","us-west-2c"])");
}

TEST_F(Evaluation, Blocks) {
    EXPECT_EQ(value("!Cidr [10.0.0.0/16, 2, 8]"), R"(["10.0.0.0/24","10.0.1.0/24"])");
    EXPECT_EQ(value("!Cidr [10.0.0.0/30, 1, 2]"), R"(["10.0.0.0/30"])");
    for (const char* wrong :
         {"!Cidr [10.0.0.0/24, 2, 8]", "!Cidr [10.0.0.0/16, 0, 8]", "!Cidr [10.0.0.0/16, 300, 4]",
          "!Cidr ['::/64', 1, 8]", "!Cidr [10.0.0.0/16, 1, 32]", "!Cidr [x, 1, 8]"})
        EXPECT_TRUE(value(wrong).starts_with("error: ")) << wrong;
}

TEST_F(Evaluation, Conditions) {
    EXPECT_EQ(environment_.conditions,
              (std::map<std::string, bool>{{"Yes", true}, {"No", false}, {"Both", false}}));
    EXPECT_EQ(value("!If [Yes, a, b]"), R"("a")");
    EXPECT_EQ(value("{x: !If [No, a, !Ref AWS::NoValue]}"), "{}");
    EXPECT_TRUE(value("!If [Never, a, b]").starts_with("error: "));
    const auto circle = read_template(
        "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources: {R: {Type: T}}");
    ASSERT_TRUE(circle);
    EXPECT_FALSE(evaluate_conditions(*circle, environment_));
}

TEST_F(Evaluation, WhatGrowsEndsInAnError) {
    environment_.parameters["P"] = json::value(std::string(4096, 'p'));
    std::string many = "[";
    for (int i = 0; i < 100; ++i) many += "!Ref P, ";
    EXPECT_NE(value(many + "1]").find("more than"), std::string::npos);
    EXPECT_TRUE(value("!Join [!Ref P, !Split [p, !Ref P]]").starts_with("error: "));
}

}  // namespace
}  // namespace countersign::cloudformation
