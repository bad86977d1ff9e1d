#include "services/scim/schema.h"

#include <gtest/gtest.h>

namespace countersign::scim {
namespace {

// As it is kept, or the code of the refusal.
std::string kept(std::string_view text) {
    const auto read = read_object(user_attributes(), *formats::parse_json(text));
    return read ? json::serialize(*read) : read.error().code;
}

TEST(ScimSchema, SpellsNamesAndFlags) {
    EXPECT_EQ(kept(R"({"USERNAME": "a", "Name": {"familyname": "b"}, "active": "True"})"),
              R"({"userName":"a","name":{"familyName":"b"},"active":true})");
}

TEST(ScimSchema, PassesOverWhatSaysNothingOrIsTheServers) {
    EXPECT_EQ(kept(R"({"id": "x", "meta": 1, "schemas": ["s"], "groups": [], "title": "", "locale": null,
                       "emails": [], "name": {"givenName": ""}})"),
              "{}");
}

TEST(ScimSchema, TakesOneValueForAList) {
    EXPECT_EQ(kept(R"({"emails": {"value": "a"}})"), R"({"emails":[{"value":"a"}]})");
    EXPECT_EQ(kept(R"({"emails": "a"})"), R"({"emails":[{"value":"a"}]})");
}

TEST(ScimSchema, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(kept("[]"), "invalidSyntax");
    EXPECT_EQ(kept(R"({"password": "a"})"), "invalidSyntax");
    EXPECT_EQ(kept(R"({"emails": [{"display": "a"}]})"), "invalidSyntax");
    EXPECT_EQ(kept(R"({"title": 7})"), "invalidValue");
    EXPECT_EQ(kept(R"({"active": "perhaps"})"), "invalidValue");
    EXPECT_EQ(kept(R"({"name": "a"})"), "invalidValue");
    EXPECT_EQ(kept(R"({"title": ")" + std::string(5000, 'x') + R"("})"), "invalidValue");
}

}  // namespace
}  // namespace countersign::scim
