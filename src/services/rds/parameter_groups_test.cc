#include <gmock/gmock.h>

#include "model/server_parameters.h"
#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const Parameters new_cluster = {{"DBClusterIdentifier", "orders"},
                                {"Engine", "aurora-postgresql"},
                                {"EngineVersion", "15"},
                                {"MasterUsername", "postgres"},
                                {"MasterUserPassword", "correct-horse"},
                                {"DBClusterParameterGroupName", "mine"}};
const Parameters new_instance = {{"DBInstanceIdentifier", "alone"}, {"Engine", "postgres"},
                                 {"EngineVersion", "15"},           {"DBInstanceClass", "db.t3.micro"},
                                 {"MasterUsername", "boss"},        {"MasterUserPassword", "correct-horse"},
                                 {"AllocatedStorage", "20"},        {"DBParameterGroupName", "mine"}};

Parameters with(Parameters parameters, const Parameters& more) {
    for (const auto& [name, value] : more) parameters[name] = value;
    return parameters;
}

Parameters setting(const std::string& name, const std::string& value, const std::string& method) {
    return {{"Parameters.Parameter.1.ParameterName", name},
            {"Parameters.Parameter.1.ParameterValue", value},
            {"Parameters.Parameter.1.ApplyMethod", method}};
}

// Both kinds of groups obey the same rules; the tests run for each.
struct Kind {
    std::string name;  // as it stands in the names of operations and members
    std::string family;
    std::string arn;
};

class GroupApi : public ApiTest, public ::testing::WithParamInterface<Kind> {
protected:
    std::string noun() const { return GetParam().name + "ParameterGroup"; }
    Parameters named(const std::string& name, const Parameters& more = {}) const {
        return with({{noun() + "Name", name}}, more);
    }
    Answer create(const std::string& name, const std::string& family) const {
        return call("Create" + noun(),
                    named(name, {{"DBParameterGroupFamily", family}, {"Description", "of a test"}}));
    }
    Answer modify(const Parameters& settings) const {
        return call("Modify" + noun(), named("mine", settings));
    }
    Answer describe(const Parameters& more) const {
        return call("Describe" + GetParam().name + "Parameters", named("mine", more));
    }
};

INSTANTIATE_TEST_SUITE_P(Kinds, GroupApi,
                         ::testing::Values(Kind{"DB", "postgres15", "pg"},
                                           Kind{"DBCluster", "aurora-postgresql15", "cluster-pg"}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(GroupApi, IsCreatedDescribedAndDeleted) {
    const Answer created = create("Mine", GetParam().family);
    ASSERT_EQ(created.status, 200) << created.error();
    EXPECT_EQ(created.text("//" + noun() + "/" + noun() + "Name"), "mine");
    EXPECT_EQ(create("mine", GetParam().family).error(),
              "DBParameterGroupAlreadyExists: Parameter group mine already exists");
    const Answer found = call("Describe" + noun() + "s", named("mine"));
    EXPECT_EQ(found.text("//DBParameterGroupFamily"), GetParam().family);
    EXPECT_EQ(found.text("//Description"), "of a test");
    EXPECT_EQ(found.text("//" + noun() + "Arn"),
              "arn:aws:rds:eu-central-1:123456789012:" + GetParam().arn + ":mine");
    ASSERT_EQ(call("Delete" + noun(), named("mine")).status, 200);
    EXPECT_EQ(call("Describe" + noun() + "s", named("mine")).text("//Code"), "DBParameterGroupNotFound");
    EXPECT_EQ(call("Delete" + noun(), named("mine")).text("//Code"), "DBParameterGroupNotFound");
}

TEST_P(GroupApi, ADefaultGroupIsThereAndStays) {
    const std::string name = "default." + GetParam().family;
    EXPECT_EQ(call("Describe" + noun() + "s", named(name)).text("//" + noun() + "Name"), name);
    EXPECT_EQ(call("Describe" + noun() + "s", {})
                  .count("//" + noun() + "[starts-with(" + noun() + "Name,'default.')]"),
              GetParam().name == "DB" ? 4u : 2u);
    EXPECT_EQ(call("Delete" + noun(), named(name)).text("//Code"), "InvalidDBParameterGroupState");
    EXPECT_EQ(call("Modify" + noun(), named(name, setting("work_mem", "64", "immediate"))).text("//Code"),
              "InvalidDBParameterGroupState");
    EXPECT_THAT(create(name, GetParam().family).error(), StartsWith("InvalidParameterValue: "));
    EXPECT_EQ(create("other", "postgres13").error(),
              "InvalidParameterValue: ParameterGroupFamily postgres13 is not a valid parameter group family");
}

TEST_P(GroupApi, ParametersAreSetAndReset) {
    ASSERT_EQ(create("mine", GetParam().family).status, 200);
    const Answer changed = modify(setting("Work_Mem", "128", "immediate"));
    ASSERT_EQ(changed.status, 200) << changed.error();
    EXPECT_EQ(changed.text("//" + noun() + "Name"), "mine");
    ASSERT_EQ(modify(setting("max_connections", "60", "pending-reboot")).status, 200);
    ASSERT_EQ(modify(setting("work_mem", "256", "immediate")).status, 200);
    const Answer of_user = describe({{"Source", "user"}});
    EXPECT_EQ(of_user.count("//Parameter"), 2u);
    const std::string work_mem = "//Parameter[ParameterName='work_mem']/";
    EXPECT_EQ(of_user.text(work_mem + "ParameterValue"), "256");
    EXPECT_EQ(of_user.text(work_mem + "ApplyMethod"), "immediate");
    EXPECT_EQ(of_user.text(work_mem + "AllowedValues"), "64-2147483647");
    EXPECT_EQ(of_user.text("//Parameter[ParameterName='max_connections']/ApplyType"), "static");
    const Answer of_rds = describe({{"Source", "system"}});
    EXPECT_EQ(of_rds.text("//Parameter[ParameterName='archive_command']/IsModifiable"), "false");
    EXPECT_EQ(of_rds.count("//Parameter[ParameterName='work_mem']"), 0u);
    ASSERT_EQ(call("Reset" + noun(), named("mine", setting("work_mem", "", "immediate"))).status, 200);
    EXPECT_EQ(describe({{"Source", "user"}}).count("//Parameter"), 1u);
    ASSERT_EQ(call("Reset" + noun(), named("mine", {{"ResetAllParameters", "true"}})).status, 200);
    EXPECT_EQ(describe({{"Source", "user"}}).count("//Parameter"), 0u);
    EXPECT_EQ(call("Reset" + noun(), named("mine")).text("//Code"), "InvalidParameterCombination");
}

TEST_P(GroupApi, EveryParameterIsDescribed) {
    ASSERT_EQ(create("mine", GetParam().family).status, 200);
    std::size_t found = 0;
    std::string sources;
    Parameters more;
    do {
        const Answer page = describe(more);
        found += page.count("//Parameter");
        for (const char* name : {"jit", "rds.force_ssl"})
            sources += page.text(fmt::format("//Parameter[ParameterName='{}']/Source", name)) + ' ';
        more = {{"Marker", page.text("//Marker")}};
    } while (!more["Marker"].empty());
    EXPECT_EQ(found, model::server_parameters_of(GetParam().family).size());
    EXPECT_THAT(sources, HasSubstr("engine-default "));
    EXPECT_THAT(sources, HasSubstr("system "));
    EXPECT_EQ(describe({{"Source", "elsewhere"}}).text("//Code"), "InvalidParameterValue");
}

TEST_P(GroupApi, WhatPostgresqlWouldNotTakeIsRefused) {
    ASSERT_EQ(create("mine", GetParam().family).status, 200);
    EXPECT_EQ(modify(setting("archive_command", "x", "immediate")).error(),
              "InvalidParameterValue: The parameter archive_command cannot be modified.");
    EXPECT_EQ(modify(setting("archive_library", "x", "immediate")).error(),
              "InvalidParameterValue: Could not find parameter with name: archive_library");
    EXPECT_EQ(modify(setting("work_mem", "lots", "immediate")).error(),
              "InvalidParameterValue: Invalid parameter value: lots for: work_mem allowed values are: "
              "64-2147483647");
    EXPECT_EQ(modify(setting("max_connections", "60", "immediate")).error(),
              "InvalidParameterCombination: cannot use immediate apply method for static parameter");
    Parameters many;
    for (int i = 1; i <= 21; ++i) many[fmt::format("Parameters.Parameter.{}.ParameterName", i)] = "work_mem";
    EXPECT_THAT(modify(many).error(), HasSubstr("At most 20"));
    EXPECT_EQ(describe({{"Source", "user"}}).count("//Parameter"), 0u);
}

TEST_P(GroupApi, TheEnginesDefaultsAreDescribed) {
    const std::string engine = GetParam().name == "DB" ? "" : "Cluster";
    const std::string operation = "DescribeEngineDefault" + engine + "Parameters";
    const Answer found = call(operation, {{"DBParameterGroupFamily", GetParam().family}});
    ASSERT_EQ(found.status, 200) << found.error();
    EXPECT_EQ(found.text("//EngineDefaults/DBParameterGroupFamily"), GetParam().family);
    EXPECT_EQ(found.count("//EngineDefaults/Parameters/Parameter"), 100u);
    EXPECT_THAT(call(operation, {{"DBParameterGroupFamily", "mysql8.0"}}).error(),
                StartsWith("InvalidParameterValue: "));
}

TEST_P(GroupApi, HasTags) {
    ASSERT_EQ(call("Create" + noun(), named("mine", {{"DBParameterGroupFamily", GetParam().family},
                                                     {"Description", "x"},
                                                     {"Tags.Tag.1.Key", "env"},
                                                     {"Tags.Tag.1.Value", "prod"}}))
                  .status,
              200);
    const Parameters arn = {
        {"ResourceName", "arn:aws:rds:eu-central-1:123456789012:" + GetParam().arn + ":mine"}};
    EXPECT_EQ(call("ListTagsForResource", arn).text("//Tag[Key='env']/Value"), "prod");
    ASSERT_EQ(call("RemoveTagsFromResource", with(arn, {{"TagKeys.member.1", "env"}})).status, 200);
    EXPECT_EQ(call("ListTagsForResource", arn).count("//Tag"), 0u);
}

class GroupUseApi : public ApiTest {
protected:
    void create(const std::string& noun, const std::string& name, const std::string& family) const {
        const Answer made =
            call("Create" + noun,
                 {{noun + "Name", name}, {"DBParameterGroupFamily", family}, {"Description", "of a test"}});
        ASSERT_EQ(made.status, 200) << made.error();
    }
};

TEST_F(GroupUseApi, AnInstanceHasItsGroup) {
    EXPECT_EQ(call("CreateDBInstance", new_instance).error(),
              "DBParameterGroupNotFound: DBParameterGroup not found: mine");
    create("DBParameterGroup", "mine", "aurora-postgresql15");
    EXPECT_THAT(call("CreateDBInstance", new_instance).error(),
                HasSubstr("with DBParameterGroupFamily aurora-postgresql15 can't be used for this instance"));
    ASSERT_EQ(call("DeleteDBParameterGroup", {{"DBParameterGroupName", "mine"}}).status, 200);
    create("DBParameterGroup", "mine", "postgres15");
    create("DBParameterGroup", "other", "postgres15");
    const Answer made = call("CreateDBInstance", new_instance);
    EXPECT_EQ(made.text("//DBParameterGroup/DBParameterGroupName"), "mine");
    EXPECT_THAT(call("DeleteDBParameterGroup", {{"DBParameterGroupName", "mine"}}).error(),
                StartsWith("InvalidDBParameterGroupState: One or more database instances are still members"));
    settle();
    const Parameters one = {{"DBInstanceIdentifier", "alone"}};
    const Answer moved = call("ModifyDBInstance", with(one, {{"DBParameterGroupName", "other"}}));
    EXPECT_EQ(moved.text("//DBParameterGroup/DBParameterGroupName"), "other");
    EXPECT_EQ(call("DeleteDBParameterGroup", {{"DBParameterGroupName", "mine"}}).status, 200);
    const Answer back = call("ModifyDBInstance", with(one, {{"DBParameterGroupName", "default.postgres15"}}));
    EXPECT_EQ(back.text("//DBParameterGroup/DBParameterGroupName"), "default.postgres15");
    EXPECT_EQ(call("DeleteDBParameterGroup", {{"DBParameterGroupName", "other"}}).status, 200);
}

TEST_F(GroupUseApi, AClusterHasItsGroup) {
    EXPECT_EQ(call("CreateDBCluster", new_cluster).error(),
              "DBClusterParameterGroupNotFound: DBClusterParameterGroup not found: mine");
    create("DBClusterParameterGroup", "mine", "aurora-postgresql15");
    const Answer made = call("CreateDBCluster", new_cluster);
    EXPECT_EQ(made.text("//DBClusterParameterGroup"), "mine");
    EXPECT_THAT(call("DeleteDBClusterParameterGroup", {{"DBClusterParameterGroupName", "mine"}}).error(),
                HasSubstr("One or more database clusters are still members of this parameter group mine"));
    settle();
    const Answer back = call(
        "ModifyDBCluster",
        {{"DBClusterIdentifier", "orders"}, {"DBClusterParameterGroupName", "default.aurora-postgresql15"}});
    EXPECT_EQ(back.text("//DBClusterParameterGroup"), "default.aurora-postgresql15");
    EXPECT_EQ(call("DeleteDBClusterParameterGroup", {{"DBClusterParameterGroupName", "mine"}}).status, 200);
}

}  // namespace
}  // namespace countersign::rds
