#include "services/scim/patch.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace countersign::scim {
namespace {

// What a list of operations makes of a resource, or the code of the refusal.
std::string patched(std::string_view operations, std::string_view resource) {
    const auto request = formats::parse_json(fmt::format(R"({{"Operations": {}}})", operations));
    const auto parsed = parse_patch(user_attributes(), *request);
    if (!parsed) return parsed.error().code;
    json::object changed = formats::parse_json(resource)->get_object();
    for (const Operation& operation : *parsed)
        if (const auto done = apply(operation, changed); !done) return done.error().code;
    return json::serialize(*read_object(user_attributes(), changed));
}

TEST(ScimPatch, ChangesSingleValues) {
    EXPECT_EQ(patched(R"([{"op": "Replace", "path": "active", "value": "False"}])", R"({"active":true})"),
              R"({"active":false})");
    EXPECT_EQ(patched(R"([{"op": "add", "path": "name.givenName", "value": "a"}])", "{}"),
              R"({"name":{"givenName":"a"}})");
    EXPECT_EQ(patched(R"([{"op": "replace", "path": "name", "value": {"givenName": "b"}}])",
                      R"({"name":{"givenName":"a","familyName":"c"}})"),
              R"({"name":{"givenName":"b","familyName":"c"}})");
    EXPECT_EQ(patched(R"([{"op": "remove", "path": "name.givenName"}])", R"({"name":{"givenName":"a"}})"),
              "{}");
    EXPECT_EQ(patched(R"([{"op": "remove", "path": "title", "value": null}])", "{}"), "{}");
}

TEST(ScimPatch, WithoutAPathNamesMembers) {
    EXPECT_EQ(
        patched(R"([{"op": "replace", "value": {"id": "x", "title": "a", "name.familyName": "b"}}])", "{}"),
        R"({"title":"a","name":{"familyName":"b"}})");
    EXPECT_EQ(patched(R"([{"op": "replace", "value": {"nothing": "a"}}])", "{}"), "invalidPath");
    EXPECT_EQ(patched(R"([{"op": "replace", "value": "a"}])", "{}"), "invalidValue");
    EXPECT_EQ(patched(R"([{"op": "remove", "value": {"title": "a"}}])", "{}"), "noTarget");
}

TEST(ScimPatch, ChangesChosenValues) {
    constexpr std::string_view mail = R"({"emails":[{"value":"a","type":"work"}]})";
    EXPECT_EQ(patched(R"([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b"}])", mail),
              R"({"emails":[{"value":"b","type":"work"}]})");
    EXPECT_EQ(patched(R"([{"op": "add", "path": "emails[type eq \"work\"].value", "value": "b"}])", "{}"),
              R"({"emails":[{"type":"work","value":"b"}]})");
    EXPECT_EQ(patched(R"([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "b"}])", mail),
              "noTarget");
    EXPECT_EQ(patched(R"([{"op": "remove", "path": "emails[type eq \"work\"]"}])", mail), "{}");
    EXPECT_EQ(patched(R"([{"op": "remove", "path": "emails"}])", mail), "{}");
    EXPECT_EQ(patched(R"([{"op": "add", "path": "emails[type eq \"work\"]", "value": {}}])", mail), mail);
    EXPECT_EQ(
        patched(R"([{"op": "add", "path": "emails", "value": [{"value": "a", "primary": true}]}])", mail),
        R"({"emails":[{"value":"a","primary":true}]})");
    EXPECT_EQ(patched(R"([{"op": "remove", "path": "emails", "value": [{"value": "z"}]}])", mail), mail);
}

TEST(ScimPatch, IsRefusedWhereItIsNone) {
    for (const char* operations : {"{}", R"("x")", "[1]", "[{}]", R"([{"op": "move", "path": "title"}])",
                                   R"([{"op": "add", "path": 7, "value": "x"}])"})
        EXPECT_EQ(patched(operations, "{}"), "invalidSyntax") << operations;
}

}  // namespace
}  // namespace countersign::scim
