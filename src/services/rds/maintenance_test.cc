#include "services/rds/maintenance.h"

#include <gmock/gmock.h>

#include "services/rds/api_fixture.h"
#include "services/rds/event_categories.h"

namespace countersign::rds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Instant at(std::string_view text) {
    return *formats::parse_extended_time(text);
}

// 2026-03-01 is a Sunday.
TEST(NextOpening, IsTheBeginningOfTheWindow) {
    EXPECT_EQ(next_opening("mon:03:00-mon:04:00", at("2026-03-01T12:00:00Z")), at("2026-03-02T03:00:00Z"));
    EXPECT_EQ(next_opening("mon:03:00-mon:04:00", at("2026-03-02T03:59:00Z")), at("2026-03-02T03:00:00Z"))
        << "it is open";
    EXPECT_EQ(next_opening("mon:03:00-mon:04:00", at("2026-03-02T04:00:00Z")), at("2026-03-09T03:00:00Z"));
    EXPECT_EQ(next_opening("sun:00:00-sun:01:00", at("2026-03-07T23:59:59Z")), at("2026-03-08T00:00:00Z"));
}

TEST(NextOpening, MaySpanTheEndOfTheWeek) {
    const char* const window = "sat:23:30-sun:00:30";
    EXPECT_EQ(next_opening(window, at("2026-03-07T12:00:00Z")), at("2026-03-07T23:30:00Z"));
    EXPECT_EQ(next_opening(window, at("2026-03-07T23:45:00Z")), at("2026-03-07T23:30:00Z"));
    EXPECT_EQ(next_opening(window, at("2026-03-08T00:29:00Z")), at("2026-03-07T23:30:00Z"));
    EXPECT_EQ(next_opening(window, at("2026-03-08T00:30:00Z")), at("2026-03-14T23:30:00Z"));
    EXPECT_FALSE(next_opening("never", at("2026-03-08T00:30:00Z")));
}

TEST(WaitingActions, AreWhatWaitsForTheWindow) {
    model::Server server;
    server.engine = "postgres";
    server.engine_version = "15.20";
    EXPECT_TRUE(waiting_actions(server).empty());
    server.pending.iam_enabled = true;
    server.pending.master_verifier = "sealed";
    server.pending.engine_version = "17.4";
    EXPECT_THAT(waiting_actions(server),
                ElementsAre(WaitingAction{"db-upgrade", "Upgrade of postgres from 15.20 to 17.4"},
                            WaitingAction{"system-update",
                                          "IAM database authentication is turned on, and the "
                                          "master user gets another password"}));
    server.pending.iam_enabled.reset();
    EXPECT_EQ(waiting_actions(server).back().description, "The master user gets another password");
    server.pending.apply_now = true;
    EXPECT_TRUE(waiting_actions(server).empty()) << "it does not wait any more";
}

TEST(EventCategory, FollowsFromTheMessage) {
    EXPECT_EQ(category_of("DB instance created"), "creation");
    EXPECT_EQ(category_of("IAM database authentication was turned on"), "configuration change");
    EXPECT_EQ(category_of("MultiAZ has no effect here"), "notification");
    EXPECT_TRUE(has_category("db-cluster", "failover"));
    EXPECT_FALSE(has_category("db-parameter-group", "failover"));
    EXPECT_TRUE(has_category("", "failover"));
    EXPECT_FALSE(has_category("", "nonsense"));
}

class OperationsApi : public ApiTest {
protected:
    void create(const std::string& id) {
        const Answer answer = call("CreateDBInstance", {{"DBInstanceIdentifier", id},
                                                        {"Engine", "postgres"},
                                                        {"DBInstanceClass", "db.t3.micro"},
                                                        {"AllocatedStorage", "30"},
                                                        {"MasterUsername", "boss"},
                                                        {"MasterUserPassword", "correct-horse"}});
        ASSERT_EQ(answer.status, 200) << answer.error();
        settle();
    }
    static std::string arn(const std::string& id) {
        return fmt::format("arn:aws:rds:{}:{}:db:{}", region, account, id);
    }
    std::string quota(const std::string& name, const std::string& what) {
        return call("DescribeAccountAttributes")
            .text(fmt::format("//AccountQuota[AccountQuotaName='{}']/{}", name, what).c_str());
    }
};

TEST_F(OperationsApi, WhatWaitsIsShownAndApplied) {
    create("one");
    create("two");
    ASSERT_EQ(call("ModifyDBInstance",
                   {{"DBInstanceIdentifier", "one"}, {"EnableIAMDatabaseAuthentication", "true"}})
                  .status,
              200);
    const Answer shown = call("DescribePendingMaintenanceActions");
    EXPECT_EQ(shown.text("//ResourceIdentifier"), arn("one"));
    EXPECT_EQ(shown.count("//PendingMaintenanceAction"), 1U);
    EXPECT_EQ(shown.text("//PendingMaintenanceAction/Action"), "system-update");
    EXPECT_EQ(shown.text("//PendingMaintenanceAction/OptInStatus"), "next-maintenance");
    EXPECT_EQ(call("DescribePendingMaintenanceActions", {{"ResourceIdentifier", arn("two")}})
                  .count("//PendingMaintenanceAction"),
              0U);
    Parameters apply{
        {"ResourceIdentifier", arn("one")}, {"ApplyAction", "db-upgrade"}, {"OptInType", "immediate"}};
    EXPECT_THAT(call("ApplyPendingMaintenanceAction", apply).error(), HasSubstr("ResourceNotFoundFault"));
    apply["ApplyAction"] = "system-update";
    apply["OptInType"] = "undo-opt-in";
    EXPECT_THAT(call("ApplyPendingMaintenanceAction", apply).error(), HasSubstr("cannot be put off"));
    apply["OptInType"] = "sometime";
    EXPECT_THAT(call("ApplyPendingMaintenanceAction", apply).error(), HasSubstr("InvalidParameterValue"));
    apply["OptInType"] = "next-maintenance";
    EXPECT_EQ(call("ApplyPendingMaintenanceAction", apply).status, 200);
    EXPECT_FALSE(instance("one")->server->pending.apply_now);
    apply["OptInType"] = "immediate";
    EXPECT_EQ(call("ApplyPendingMaintenanceAction", apply).text("//OptInStatus"), "immediate");
    EXPECT_TRUE(instance("one")->server->pending.apply_now);
    EXPECT_EQ(instance("one")->status, model::DatabaseStatus::configuring_iam_database_auth);
    EXPECT_EQ(call("DescribePendingMaintenanceActions").count("//PendingMaintenanceAction"), 0U);
}

TEST_F(OperationsApi, QuotasAreCountedAndHeld) {
    EXPECT_EQ(quota("DBInstances", "Used"), "0");
    create("one");
    EXPECT_EQ(quota("DBInstances", "Used"), "1");
    EXPECT_EQ(quota("DBInstances", "Max"), "40");
    EXPECT_EQ(quota("AllocatedStorage", "Used"), "30");
}

TEST_F(OperationsApi, SubscriptionsAreKept) {
    create("one");
    const Parameters wanted{{"SubscriptionName", "Night"},
                            {"SnsTopicArn", fmt::format("arn:aws:sns:{}:{}:pager", region, account)},
                            {"SourceType", "db-instance"},
                            {"SourceIds.SourceId.1", "ONE"},
                            {"EventCategories.EventCategory.1", "failure"}};
    const Answer made = call("CreateEventSubscription", wanted);
    ASSERT_EQ(made.status, 200) << made.error();
    EXPECT_EQ(made.text("//CustSubscriptionId"), "Night");
    EXPECT_EQ(made.text("//SourceIdsList/SourceId"), "one");
    EXPECT_EQ(made.text("//Status"), "active");
    EXPECT_THAT(call("CreateEventSubscription", wanted).error(), HasSubstr("SubscriptionAlreadyExist"));
    EXPECT_EQ(call("DescribeEventSubscriptions", {{"SubscriptionName", "night"}}).text("//Enabled"), "true");
    EXPECT_THAT(call("AddSourceIdentifierToSubscription",
                     {{"SubscriptionName", "Night"}, {"SourceIdentifier", "two"}})
                    .error(),
                HasSubstr("SourceNotFound"));
    create("two");
    EXPECT_EQ(call("AddSourceIdentifierToSubscription",
                   {{"SubscriptionName", "Night"}, {"SourceIdentifier", "two"}})
                  .count("//SourceId"),
              2U);
    EXPECT_EQ(call("RemoveSourceIdentifierFromSubscription",
                   {{"SubscriptionName", "Night"}, {"SourceIdentifier", "one"}})
                  .text("//SourceId"),
              "two");
    EXPECT_EQ(call("ModifyEventSubscription", {{"SubscriptionName", "Night"}, {"Enabled", "false"}})
                  .text("//Enabled"),
              "false");
    EXPECT_THAT(call("ModifyEventSubscription", {{"SubscriptionName", "Night"}, {"SourceType", "db-cluster"}})
                    .error(),
                HasSubstr("InvalidParameterCombination"));
    EXPECT_EQ(call("DeleteEventSubscription", {{"SubscriptionName", "Night"}}).status, 200);
    EXPECT_THAT(call("DescribeEventSubscriptions", {{"SubscriptionName", "Night"}}).error(),
                HasSubstr("SubscriptionNotFound"));
}

TEST_F(OperationsApi, SubscriptionsAreRefusedInRdsWords) {
    const auto refused = [&](Parameters change) {
        Parameters wanted{{"SubscriptionName", "night"},
                          {"SnsTopicArn", fmt::format("arn:aws:sns:{}:{}:pager", region, account)}};
        for (auto& [name, value] : change) wanted[name] = value;
        return call("CreateEventSubscription", wanted).error();
    };
    EXPECT_THAT(refused({{"SnsTopicArn", "pager"}}), HasSubstr("SNSInvalidTopic"));
    EXPECT_THAT(refused({{"SubscriptionName", "-"}}), HasSubstr("InvalidParameterValue"));
    EXPECT_THAT(refused({{"SourceType", "db"}}), HasSubstr("InvalidParameterValue"));
    EXPECT_THAT(refused({{"SourceIds.SourceId.1", "one"}}), HasSubstr("InvalidParameterCombination"));
    EXPECT_THAT(refused({{"SourceType", "db-snapshot"}, {"SourceIds.SourceId.1", "one"}}),
                HasSubstr("SourceNotFound"));
    EXPECT_THAT(
        refused({{"SourceType", "db-parameter-group"}, {"EventCategories.EventCategory.1", "backup"}}),
        HasSubstr("SubscriptionCategoryNotFound"));
}

TEST_F(OperationsApi, ParameterGroupsAreCopiedWithWhatTheySet) {
    ASSERT_EQ(call("CreateDBParameterGroup", {{"DBParameterGroupName", "source"},
                                              {"DBParameterGroupFamily", "postgres15"},
                                              {"Description", "one"}})
                  .status,
              200);
    ASSERT_EQ(call("ModifyDBParameterGroup", {{"DBParameterGroupName", "source"},
                                              {"Parameters.Parameter.1.ParameterName", "work_mem"},
                                              {"Parameters.Parameter.1.ParameterValue", "8192"},
                                              {"Parameters.Parameter.1.ApplyMethod", "immediate"}})
                  .status,
              200);
    Parameters copy{
        {"SourceDBParameterGroupIdentifier", fmt::format("arn:aws:rds:{}:{}:pg:source", region, account)},
        {"TargetDBParameterGroupIdentifier", "target"},
        {"TargetDBParameterGroupDescription", "another"}};
    const Answer copied = call("CopyDBParameterGroup", copy);
    EXPECT_EQ(copied.text("//DBParameterGroupFamily"), "postgres15") << copied.error();
    EXPECT_EQ(call("DescribeDBParameters", {{"DBParameterGroupName", "target"}, {"Source", "user"}})
                  .text("//ParameterName"),
              "work_mem");
    EXPECT_THAT(call("CopyDBParameterGroup", copy).error(), HasSubstr("DBParameterGroupAlreadyExists"));
    copy["SourceDBParameterGroupIdentifier"] = "default.postgres15";
    EXPECT_THAT(call("CopyDBParameterGroup", copy).error(), HasSubstr("InvalidParameterValue"));
    copy["SourceDBParameterGroupIdentifier"] = "nothing";
    EXPECT_THAT(call("CopyDBParameterGroup", copy).error(), HasSubstr("DBParameterGroupNotFound"));
}

TEST_F(OperationsApi, ACopyNeedsARightOnBothGroups) {
    ASSERT_EQ(call("CreateDBParameterGroup", {{"DBParameterGroupName", "source"},
                                              {"DBParameterGroupFamily", "postgres15"},
                                              {"Description", "one"}})
                  .status,
              200);
    add_limited_user("AKIAIOSFODNN7COPIER2",
                     R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "rds:*",
                         "Resource": "arn:aws:rds:*:*:pg:mine-*"}})");
    const Parameters copy{{"SourceDBParameterGroupIdentifier", "source"},
                          {"TargetDBParameterGroupIdentifier", "mine-1"},
                          {"TargetDBParameterGroupDescription", "another"}};
    EXPECT_THAT(call("CopyDBParameterGroup", copy, "AKIAIOSFODNN7COPIER2").error(),
                HasSubstr("AccessDenied"));
}

TEST_F(OperationsApi, OptionGroupsAreTheDefaultOnes) {
    EXPECT_EQ(call("DescribeOptionGroups", {{"EngineName", "postgres"}, {"MajorEngineVersion", "15"}})
                  .text("//OptionGroupName"),
              "default:postgres-15");
    EXPECT_EQ(call("DescribeOptionGroups").count("//OptionGroup"), 4U);
    EXPECT_THAT(call("DescribeOptionGroups", {{"OptionGroupName", "mine"}}).error(),
                HasSubstr("OptionGroupNotFoundFault"));
    EXPECT_THAT(call("DescribeOptionGroups", {{"MajorEngineVersion", "15"}}).error(),
                HasSubstr("InvalidParameterCombination"));
    EXPECT_EQ(call("DescribeOptionGroupOptions", {{"EngineName", "postgres"}}).status, 200);
    EXPECT_THAT(call("DescribeOptionGroupOptions", {{"EngineName", "mysql"}}).error(),
                HasSubstr("InvalidParameterValue"));
}

TEST_F(OperationsApi, ACertificateIsChosenAndLeftAgain) {
    EXPECT_EQ(call("DescribeCertificates").text("//CustomerOverride"), "false");
    EXPECT_EQ(
        call("ModifyCertificates", {{"CertificateIdentifier", "countersign-ca"}}).text("//CustomerOverride"),
        "true");
    EXPECT_EQ(call("DescribeCertificates").text("//CustomerOverride"), "true");
    EXPECT_THAT(call("ModifyCertificates", {{"CertificateIdentifier", "rds-ca-2019"}}).error(),
                HasSubstr("CertificateNotFound"));
    EXPECT_THAT(call("ModifyCertificates").error(), HasSubstr("InvalidParameterValue"));
    EXPECT_EQ(call("ModifyCertificates", {{"RemoveCustomerOverride", "true"}}).text("//CustomerOverride"),
              "false");
}

TEST_F(OperationsApi, ValidModificationsNeverShrinkStorage) {
    create("one");
    const Answer valid = call("DescribeValidDBInstanceModifications", {{"DBInstanceIdentifier", "one"}});
    EXPECT_EQ(valid.text("//ValidStorageOptions[StorageType='gp3']/StorageSize/Range/From"), "30");
    EXPECT_EQ(valid.text("//ValidStorageOptions[StorageType='io1']/StorageSize/Range/From"), "100");
    EXPECT_EQ(valid.text("//ValidStorageOptions[StorageType='io1']/IopsToStorageRatio/DoubleRange/To"),
              "50.0");
    EXPECT_THAT(call("DescribeValidDBInstanceModifications", {{"DBInstanceIdentifier", "two"}}).error(),
                HasSubstr("DBInstanceNotFound"));
}

TEST_F(OperationsApi, SourceRegionsAreTheOthers) {
    EXPECT_EQ(call("DescribeSourceRegions", {{"RegionName", region}}).count("//SourceRegion"), 0U);
    EXPECT_EQ(call("DescribeSourceRegions", {{"RegionName", "us-east-1"}}).text("//Endpoint"),
              "https://rds.us-east-1.amazonaws.com");
    EXPECT_EQ(call("DescribeSourceRegions", {{"MaxRecords", "20"}}).text("//Marker").empty(), false);
}

TEST_F(OperationsApi, EventsHaveTheirCategory) {
    EXPECT_EQ(call("DescribeEventCategories", {{"SourceType", "db-parameter-group"}}).text("//EventCategory"),
              "configuration change");
    EXPECT_THAT(call("DescribeEventCategories", {{"SourceType", "db"}}).error(),
                HasSubstr("InvalidParameterValue"));
}

}  // namespace
}  // namespace countersign::rds
