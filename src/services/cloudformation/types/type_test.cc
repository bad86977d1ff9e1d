#include "services/cloudformation/types/type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Type& type(std::string_view name) {
    const Type* found = find_type(name);
    if (found == nullptr) throw std::logic_error(std::string(name));
    return *found;
}

std::string checked(std::string_view name, const json::object& properties) {
    const auto done = check_properties(type(name), "R", properties, Known::some);
    return done ? "" : done.error().message;
}

TEST(Types, EveryRowIsWhole) {
    std::set<std::string_view> names;
    for (const Type& one : all_types()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        EXPECT_TRUE(one.create && one.settle && one.remove) << one.name;
        if (!one.name_property.empty()) {
            const Property* property = find_property(one, one.name_property);
            ASSERT_NE(property, nullptr) << one.name;
            EXPECT_EQ(property->change, Change::replacement) << one.name;
        }
        std::set<std::string_view> properties;
        for (const Property& property : one.properties)
            EXPECT_TRUE(properties.insert(property.name).second) << one.name << ' ' << property.name;
    }
    EXPECT_EQ(find_type("AWS::SecretsManager::Secret"), nullptr);
}

TEST(Types, WrongPropertiesAreNamed) {
    EXPECT_EQ(checked("AWS::IAM::User", {}), "");
    EXPECT_THAT(checked("AWS::IAM::User", {{"Shoe", "blue"}}), HasSubstr("Shoe"));
    EXPECT_THAT(checked("AWS::IAM::Role", {}), HasSubstr("AssumeRolePolicyDocument"));
    EXPECT_THAT(checked("AWS::IAM::User", {{"Groups", "one"}}), HasSubstr("Groups"));
    EXPECT_THAT(checked("AWS::IAM::User", {{"Tags", json::array{json::object{{"Kay", "k"}}}}}),
                HasSubstr("Kay"));
    EXPECT_THAT(checked("AWS::RDS::DBCluster", {{"Engine", "postgres"}, {"Port", "many"}}),
                HasSubstr("Port"));
    EXPECT_THAT(checked("AWS::RDS::DBCluster", {{"Engine", "postgres"}, {"DeletionProtection", "perhaps"}}),
                HasSubstr("DeletionProtection"));
    EXPECT_EQ(checked("AWS::RDS::DBCluster", {{"Engine", "postgres"}, {"Port", json::object{{"Ref", "P"}}}}),
              "");
    EXPECT_EQ(checked("AWS::RDS::DBCluster",
                      {{"Engine", "postgres"}, {"Port", std::string(1, unknown_mark) + "P.Ref"}}),
              "");
}

// Keeps the last call.
class LastCall : public Api {
public:
    Result<json::object> call(std::string_view, std::string_view operation,
                              json::object members) const override {
        shown = std::string(operation) + ' ' + json::serialize(members);
        return json::object();
    }
    std::string_view region() const override { return "eu-central-1"; }
    std::string_view account() const override { return "123456789012"; }

    mutable std::string shown;
};

TEST(Types, APasswordThatIsNoLongerManagedIsSaidToBeSo) {
    const LastCall api;
    const json::object managed{{"ManageMasterUserPassword", "true"}};
    const json::object own{{"MasterUserPassword", "one-of-my-own"}};
    for (const char* name : {"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"}) {
        ASSERT_TRUE(type(name).update({api, own, managed, "n", "p"}));
        EXPECT_THAT(api.shown, HasSubstr(R"("ManageMasterUserPassword":false)"));
        EXPECT_THAT(api.shown, HasSubstr(R"("MasterUserPassword":"one-of-my-own")"));
        ASSERT_TRUE(type(name).update({api, managed, own, "n", "p"}));
        EXPECT_THAT(api.shown, HasSubstr(R"("ManageMasterUserPassword":"true")"));
        EXPECT_TRUE(type(name).attributes.contains("MasterUserSecret.SecretArn"));
    }
}

TEST(Types, WhatIsAboutToBeAppliedIsKnown) {
    const Type& user = type("AWS::IAM::User");
    for (const json::value& wrong : {json::value("\x01"), json::value(json::object{{"Ref", "X"}})}) {
        EXPECT_TRUE(check_properties(user, "R", {{"Tags", wrong}}, Known::some));
        EXPECT_FALSE(check_properties(user, "R", {{"Tags", wrong}}, Known::all));
    }
}

TEST(Types, AChangeSaysWhetherItReplaces) {
    const Type& user = type("AWS::IAM::User");
    Difference found =
        difference(user, {{"UserName", "a"}, {"Path", "/"}}, {{"UserName", "a"}, {"Path", "/b/"}});
    EXPECT_THAT(found.properties, ElementsAre("Path"));
    EXPECT_FALSE(found.replacement);
    found = difference(user, {{"UserName", "a"}}, {{"UserName", "b"}, {"Tags", json::array()}});
    EXPECT_THAT(found.properties, ElementsAre("Tags", "UserName"));
    EXPECT_TRUE(found.replacement);
    EXPECT_TRUE(difference(user, {{"UserName", "a"}}, {}).replacement);
    EXPECT_TRUE(difference(user, {{"Path", "/"}}, {{"Path", "/"}}).properties.empty());
    EXPECT_TRUE(difference(type("AWS::RDS::DBCluster"), {{"MasterUsername", "a"}}, {{"MasterUsername", "b"}})
                    .replacement);
    EXPECT_FALSE(difference(type("AWS::RDS::DBCluster"), {{"EngineVersion", "15"}}, {{"EngineVersion", "16"}})
                     .replacement);
}

}  // namespace
}  // namespace countersign::cloudformation
