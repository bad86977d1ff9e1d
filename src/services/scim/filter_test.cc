#include "services/scim/filter.h"

#include <gtest/gtest.h>

namespace countersign::scim {
namespace {

std::string code_of_filter(std::string_view text) {
    const auto parsed = parse_filter(user_attributes(), text);
    return parsed ? "" : parsed.error().code;
}

std::string path_of(std::string_view text) {
    const auto parsed = parse_path(user_attributes(), text);
    return parsed ? name_of(parsed->steps) : parsed.error().code;
}

json::object object(std::string_view text) {
    return formats::parse_json(text)->get_object();
}

bool is_picked(std::string_view filter, std::string_view resource) {
    const auto parsed = parse_filter(user_attributes(), filter);
    return parsed && matches(*parsed, object(resource));
}

TEST(ScimFilter, IsAConjunctionOfEqualities) {
    const auto filter = parse_filter(user_attributes(), R"(id eq "a\"b" AND manager Eq "m")");
    ASSERT_TRUE(filter);
    ASSERT_EQ(filter->size(), 2U);
    EXPECT_EQ(filter->front().value, json::value("a\"b"));
    EXPECT_EQ(name_of(filter->back().steps), std::string(enterprise_schema) + ".manager.value");
}

TEST(ScimFilter, IsRefusedWhereItIsAnythingElse) {
    for (const char* text : {"",
                             " ",
                             "userName",
                             "userName eq",
                             "userName eq ",
                             "userName eq a",
                             "userName ne \"a\"",
                             "userName pr",
                             "userName eq \"a\" or id eq \"b\"",
                             "userName eq \"a\" and",
                             "(userName eq \"a\")",
                             "nothing eq \"a\"",
                             "name eq \"a\"",
                             "name.nothing eq \"a\"",
                             "userName eq \"a",
                             "userName eq {}",
                             "userName eq [1]",
                             "active eq \"perhaps\"",
                             "userName eq \"a\"]",
                             "not (userName eq \"a\")",
                             "userName eq \"a\\"})
        EXPECT_EQ(code_of_filter(text), "invalidFilter") << text;
    std::string many = "id eq \"a\"";
    for (int i = 0; i < 10; ++i) many += " and id eq \"a\"";
    EXPECT_EQ(code_of_filter(many), "invalidFilter");
}

TEST(ScimFilter, ComparesTextsWithoutRegardToCaseButExternalIds) {
    EXPECT_TRUE(is_picked(R"(userName eq "JANE")", R"({"userName": "jane"})"));
    EXPECT_TRUE(is_picked(R"(externalId eq "a")", R"({"externalId": "a"})"));
    EXPECT_FALSE(is_picked(R"(externalId eq "A")", R"({"externalId": "a"})"));
    EXPECT_TRUE(is_picked("active eq false", R"({"active": false})"));
    EXPECT_FALSE(is_picked("active eq true", R"({})"));
    EXPECT_TRUE(is_picked(R"(emails.type eq "work")", R"({"emails": [{"type": "home"}, {"type": "Work"}]})"));
    EXPECT_FALSE(is_picked(R"(name.familyName eq "x")", R"({"name": "x"})"));
}

TEST(ScimPath, LeadsToAnAttribute) {
    const std::string extension(enterprise_schema);
    EXPECT_EQ(path_of("USERNAME"), "userName");
    EXPECT_EQ(path_of("name.familyname"), "name.familyName");
    EXPECT_EQ(path_of(R"(emails[type eq "work"].value)"), "emails.value");
    EXPECT_EQ(path_of(R"(emails[type eq "work" and primary eq true])"), "emails");
    EXPECT_EQ(path_of(extension), extension);
    EXPECT_EQ(path_of(extension + ":department"), extension + ".department");
    EXPECT_EQ(path_of(extension + ":manager.value"), extension + ".manager.value");
    EXPECT_EQ(path_of(std::string(user_schema) + ":title"), "title");
}

TEST(ScimPath, IsRefusedWhereNothingIs) {
    for (const char* text :
         {"", "nothing", "name.", "name.nothing", ".", "emails[", "emails[type eq \"a\"",
          "emails[type eq \"a\"].", "emails[type eq \"a\"].x", "emails[type eq \"a\"]x",
          "userName[type eq \"a\"]", "urn:ietf:params:scim:schemas:core:2.0:User", "title title"}) {
        const std::string code = path_of(text);
        EXPECT_TRUE(code == "invalidPath" || code == "invalidFilter") << text << ": " << code;
    }
}

}  // namespace
}  // namespace countersign::scim
