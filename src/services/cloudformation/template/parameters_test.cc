#include "services/cloudformation/template/parameters.h"

#include <gtest/gtest.h>

namespace countersign::cloudformation {
namespace {

std::string settled(const std::string& declared, const GivenParameters& given) {
    const auto read = read_template("Parameters: {P: {" + declared + "}}\nResources: {R: {Type: T}}");
    if (!read) return read.error().message;
    const auto done = settle_parameters(*read, given);
    return done ? done->at("P") : "error: " + done.error().message;
}

TEST(Parameters, ValuesAndDefaults) {
    EXPECT_EQ(settled("Type: String, Default: d", {}), "d");
    EXPECT_EQ(settled("Type: String, Default: d", {{"P", "g"}}), "g");
    EXPECT_EQ(settled("Type: String", {}), "error: Parameters: [P] must have values");
    EXPECT_EQ(settled("Type: String", {{"P", "x"}, {"Q", "y"}}),
              "error: Parameters: [Q] do not exist in the template");
}

TEST(Parameters, Constraints) {
    EXPECT_EQ(settled("Type: Number, MinValue: 1, MaxValue: 2.5", {{"P", "2.5"}}), "2.5");
    for (const char* wrong : {"0", "3", "x", ""})
        EXPECT_TRUE(settled("Type: Number, MinValue: 1, MaxValue: 2.5", {{"P", wrong}}).starts_with("error"))
            << wrong;
    EXPECT_EQ(settled("Type: List<Number>", {{"P", "1, 2"}}), "1, 2");
    EXPECT_TRUE(settled("Type: List<Number>", {{"P", "1,x"}}).starts_with("error"));
    EXPECT_EQ(settled("Type: String, AllowedPattern: '[a-z]+'", {{"P", "abc"}}), "abc");
    EXPECT_TRUE(settled("Type: String, AllowedPattern: '[a-z]+'", {{"P", "abc1"}}).starts_with("error"));
    EXPECT_TRUE(settled("Type: String, AllowedPattern: '(a'", {{"P", "a"}}).starts_with("error"));
    EXPECT_TRUE(settled("Type: String", {{"P", std::string(5000, 'a')}}).starts_with("error"));
}

TEST(Parameters, APatternThatTakesTooLongIsGivenUp) {
    EXPECT_TRUE(settled("Type: String, AllowedPattern: '(a*)*(a*)*b'", {{"P", std::string(300, 'a')}})
                    .starts_with("error"));
    const std::string large(1100, 'a');
    EXPECT_TRUE(
        settled("Type: String, AllowedPattern: '" + large + "'", {{"P", large}}).starts_with("error"));
}

TEST(Parameters, AllMatchesTogetherAreBounded) {
    std::string items = "a";
    for (int item = 1; item < 150; ++item) items += ",a";
    const std::string list = "Type: CommaDelimitedList, AllowedPattern: '[a-z]+'";
    const GivenParameters given{{"P", items}};
    EXPECT_EQ(settled(list, given), items);
    std::string declared = "Parameters: {";
    GivenParameters many;
    for (const char* name : {"P", "Q"}) {
        declared += std::string(name) + ": {" + list + "}, ";
        many[name] = items;
    }
    const auto read = read_template(declared + "}\nResources: {R: {Type: T}}");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_FALSE(settle_parameters(*read, many));
}

TEST(Parameters, WhatIsNoWordForNoHides) {
    const auto hides = [](const std::string& word) {
        const auto read =
            read_template("Parameters: {P: {Type: String" + word + "}}\nResources: {R: {Type: T}}");
        EXPECT_TRUE(read) << word;
        return read && read->parameters.at("P").no_echo;
    };
    for (const char* word :
         {", NoEcho: true", ", NoEcho: 'True'", ", NoEcho: yes", ", NoEcho: on", ", NoEcho: 1"})
        EXPECT_TRUE(hides(word)) << word;
    for (const char* word : {"", ", NoEcho: false", ", NoEcho: 'False'"}) EXPECT_FALSE(hides(word)) << word;
}

TEST(Parameters, ListsAreItems) {
    const auto read = read_template("Parameters: {P: {Type: CommaDelimitedList}}\nResources: {R: {Type: T}}");
    ASSERT_TRUE(read);
    EXPECT_EQ(json::serialize(parameter_values(*read, {{"P", "a, b,c"}}).at("P")), R"(["a","b","c"])");
}

TEST(Parameters, TypesOfServicesThatAreNotHereAreNamed) {
    const auto check = [](const std::string& properties) {
        const auto read = read_template(
            "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}}\n"
            "Resources: {R: {Type: T, Properties: {p: " +
            properties + "}}}");
        return read && check_parameter_types(*read);
    };
    EXPECT_TRUE(check("1"));
    EXPECT_FALSE(check("!Ref P"));
    EXPECT_FALSE(check("!Sub '${P}'"));
}

TEST(Parameters, RulesThatAreNotAppliedAreRefused) {
    const auto check = [](const std::string& type) {
        const auto read = read_template(
            "Parameters: {P: {Type: '" + type +
            "', Default: x}}\nRules: {R: {Assertions: [{Assert: {'Fn::Equals': [!Ref P, x]}}]}}\n"
            "Resources: {R: {Type: T}}");
        return read && check_parameter_types(*read);
    };
    EXPECT_TRUE(check("AWS::SSM::Parameter::Value<String>"));
    EXPECT_FALSE(check("String"));
}

}  // namespace
}  // namespace countersign::cloudformation
