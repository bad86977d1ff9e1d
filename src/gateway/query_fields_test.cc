#include "gateway/query_fields.h"

#include <gtest/gtest.h>

namespace countersign::gateway {
namespace {

constexpr FieldRules password{.sensitive = true, .max = 3};
constexpr FieldRules code{.sensitive = true, .min = 100};

struct Login {
    std::optional<std::string> Password = {};
    std::optional<std::int64_t> Code = {};
};

void read_members(Fields& fields, Login& into) {
    fields.must("Password", into.Password, password);
    fields.may("Code", into.Code, code);
}

TEST(Fields, NeverRepeatASensitiveValue) {
    const QueryReader reader({{"Password", "hunter2"}, {"Code", "42"}});
    for (const Wording wording : {Wording::iam, Wording::sts, Wording::rds}) {
        const auto login = read_input<Login>(reader, wording);
        ASSERT_FALSE(login);
        EXPECT_EQ(
            login.error().message,
            "2 validation errors detected: Value at 'password' failed to satisfy constraint: Member must "
            "have "
            "length less than or equal to 3; Value at 'code' failed to satisfy constraint: Member must have "
            "value greater than or equal to 100");
    }
    const QueryReader unreadable({{"Password", "\xFFxy"}, {"Code", "hunter2"}});
    for (const Wording wording : {Wording::iam, Wording::sts, Wording::rds}) {
        const auto login = read_input<Login>(unreadable, wording);
        ASSERT_FALSE(login);
        EXPECT_EQ(login.error().message.find("hunter2"), std::string::npos) << login.error().message;
        EXPECT_EQ(login.error().message.find("xy"), std::string::npos) << login.error().message;
    }
}

constexpr CharacterRange digit[] = {{'0', '9'}};
constexpr PatternPosition digits[] = {{digit, 1}};
constexpr TextPattern digits_pattern{"[\\d]*", true, 1, 1, digits};
constexpr FieldRules carried{
    .sensitive = true, .unwrapped = true, .min = 6, .max = 6, .pattern = &digits_pattern};

struct Carried {
    std::optional<std::string> Code = {};
};

void read_members(Fields& fields, Carried& into) {
    fields.must("Code", into.Code, carried);
}

TEST(Fields, WhatIsAroundACredentialIsNotTheCredential) {
    const auto read_code = [](const char* text) {
        return read_input<Carried>(QueryReader(formats::Parameters{{"Code", text}}), Wording::sts);
    };
    for (const char* wrapped : {"123456", "123456\n", " \t123456\r\n", "\xEF\xBB\xBF 123456"}) {
        const auto read = read_code(wrapped);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->Code, "123456");
    }
    for (const char* other : {"123 456", "12345\n", "\n", "123456\xEF\xBB\xBF"})
        EXPECT_FALSE(read_code(other)) << other;
}

constexpr FieldRules picture{.base64 = true, .min = 2, .max = 3};
constexpr FieldRules hidden_picture{.sensitive = true, .base64 = true};

struct Picture {
    std::optional<std::string> Shown = {};
    std::optional<std::string> Hidden = {};
};

void read_members(Fields& fields, Picture& into) {
    fields.may("Shown", into.Shown, picture);
    fields.may("Hidden", into.Hidden, hidden_picture);
}

TEST(Fields, ReadBytesFromBase64) {
    const auto read = read_input<Picture>(QueryReader({{"Shown", "AP8Q"}, {"Hidden", "AA=="}}), Wording::sts);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->Shown, std::string("\x00\xFF\x10", 3));
    EXPECT_EQ(read->Hidden, std::string(1, '\0'));

    const std::vector<std::pair<formats::Parameters, std::string>> refused{
        {{{"Shown", "AP8"}}, "Value 'AP8' at 'shown' failed to satisfy constraint: Member must be base64"},
        {{{"Shown", "AA=="}},
         "Value at 'shown' failed to satisfy constraint: Member must have length greater than or equal to 2"},
        {{{"Shown", "AAAAAA=="}},
         "Value at 'shown' failed to satisfy constraint: Member must have length less than or equal to 3"},
        {{{"Hidden", "hunter2"}}, "Value at 'hidden' failed to satisfy constraint: Member must be base64"},
    };
    for (const auto& [parameters, message] : refused) {
        const auto input = read_input<Picture>(QueryReader(parameters), Wording::sts);
        ASSERT_FALSE(input) << message;
        EXPECT_EQ(input.error().message, "1 validation error detected: " + message);
    }
}

constexpr std::string_view colours[] = {"red", "blue"};
constexpr FieldRules colour{.min = 1, .max = 4, .values = colours};
constexpr FieldRules colour_list{.max = 3, .item = &colour};
constexpr FieldRules secret{.sensitive = true, .max = 4};
constexpr FieldRules secret_list{.item = &secret};

struct Palette {
    std::optional<std::vector<std::string>> Colours = {};
    std::optional<std::vector<std::string>> Secrets = {};
};

void read_members(Fields& fields, Palette& into) {
    fields.may("Colours", into.Colours, colour_list);
    fields.may("Secrets", into.Secrets, secret_list);
}

TEST(Fields, ComplainOnceAboutAListOfTexts) {
    const auto read = read_input<Palette>(
        QueryReader(
            {{"Colours.member.1", "red"}, {"Colours.member.2", "blue"}, {"Secrets.member.1", "abcd"}}),
        Wording::sts);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->Colours, (std::vector<std::string>{"red", "blue"}));

    const auto refused = read_input<Palette>(QueryReader({{"Colours.member.1", "red"},
                                                          {"Colours.member.2", "purple"},
                                                          {"Colours.member.3", ""},
                                                          {"Secrets.member.1", "hunter2"}}),
                                             Wording::sts);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "2 validation errors detected: Value '[red, purple, ]' at 'colours' failed to satisfy "
              "constraint: Member must satisfy constraint: [Member must have length less than or equal to 4, "
              "Member must have length greater than or equal to 1, Member must satisfy enum value set: [red, "
              "blue]]; Value at 'secrets' failed to satisfy constraint: Member must satisfy constraint: "
              "[Member must have length less than or equal to 4]");
}

TEST(Fields, NameTheItemThatCannotBeRead) {
    const auto refused = read_input<Palette>(
        QueryReader({{"Colours.member.1", "\xFF"}, {"Colours.member.2.Name", "red"}}), Wording::sts);
    ASSERT_FALSE(refused);
    EXPECT_EQ(
        refused.error().message,
        "2 validation errors detected: Value at 'colours.1.member' failed to satisfy constraint: Member "
        "must be UTF-8; Value null at 'colours.2.member' failed to satisfy constraint: Member must not "
        "be null");
}

}  // namespace
}  // namespace countersign::gateway
