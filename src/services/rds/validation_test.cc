#include "services/rds/validation.h"

#include <gmock/gmock.h>

#include "services/rds/filters.h"
#include "services/rds/passthrough.h"
#include "services/rds/pending.h"
#include "services/rds/tag_rules.h"

namespace countersign::rds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Validation, IdentifiersAreLettersDigitsAndSingleHyphens) {
    for (const std::string& good :
         std::vector<std::string>{"a", "orders", "Orders-2", "a-b-c", std::string(63, 'a')})
        EXPECT_TRUE(parse_identifier("X", good)) << good;
    for (const std::string& bad : std::vector<std::string>{"", "2a", "-a", "a-", "a--b", "a_b", "a.b", "a/b",
                                                           "ä", std::string(64, 'a')})
        EXPECT_FALSE(parse_identifier("X", bad)) << bad;
    EXPECT_EQ(*parse_identifier("X", "Orders"), "orders");
    EXPECT_EQ(
        parse_identifier("DBInstanceIdentifier", "a--b").error().message,
        "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; "
        "must "
        "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
        "consecutive hyphens.");
}

TEST(Validation, GroupNamesMayHaveBlanksButNotBeDefault) {
    EXPECT_EQ(*parse_group_name("My Group_1.x-y"), "my group_1.x-y");
    for (const std::string& bad :
         std::vector<std::string>{"", "default", "Default", "a/b", "a:b", std::string(256, 'a')})
        EXPECT_FALSE(parse_group_name(bad)) << bad;
}

TEST(Validation, MasterUserNames) {
    for (const char* good : {"postgres", "Boss", "a_1", "abcdefghijklmnop"})
        EXPECT_TRUE(check_master_username(good, cluster_username)) << good;
    for (const char* bad : {"", "1a", "_a", "a-b", "a b", "a\"b", "abcdefghijklmnopq", "rdsadmin", "RDSAdmin",
                            "rds_iam", "rds_superuser", "pg_monitor", "PG_x", "admin", "public"})
        EXPECT_FALSE(check_master_username(bad, cluster_username)) << bad;
    EXPECT_TRUE(check_master_username("abcdefghijklmnopq", instance_username));
    EXPECT_FALSE(check_master_username(std::string(64, 'x'), instance_username));
    EXPECT_EQ(check_master_username(std::nullopt, cluster_username).error().message,
              "The parameter MasterUsername must be provided and must not be blank.");
}

TEST(Validation, Passwords) {
    EXPECT_TRUE(check_password("12345678", cluster_password));
    EXPECT_TRUE(check_password(std::string(41, 'x'), cluster_password));
    EXPECT_TRUE(check_password(std::string(128, '~'), instance_password));
    EXPECT_EQ(
        check_password("1234567", cluster_password).error().message,
        "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.");
    EXPECT_EQ(
        check_password(std::string(42, 'x'), cluster_password).error().message,
        "The parameter MasterUserPassword is not a valid password because it is longer than 41 characters.");
    EXPECT_FALSE(check_password(std::string(129, 'x'), instance_password));
    for (const char* bad :
         {"with/slash", "with\"quote", "with@sign", "with blank", "with\ttab", "with\177del", "umlaut-ä"}) {
        const auto refused = check_password(bad, instance_password);
        ASSERT_FALSE(refused) << bad;
        EXPECT_THAT(refused.error().message, Not(HasSubstr(bad)));
    }
}

TEST(Validation, DatabaseNames) {
    EXPECT_TRUE(check_database_name("DBName", std::nullopt));
    for (const char* good : {"app", "App_1", "postgres"})
        EXPECT_TRUE(check_database_name("DBName", good)) << good;
    for (const char* bad : {"1a", "_a", "a-b", "a b", "template1", "RdsAdmin"})
        EXPECT_FALSE(check_database_name("DBName", bad)) << bad;
}

TEST(Validation, Ports) {
    EXPECT_EQ(*parse_port(std::nullopt), std::nullopt);
    EXPECT_EQ(*parse_port(1150), 1150);
    EXPECT_EQ(*parse_port(65535), 65535);
    for (const std::int64_t bad : {-1, 0, 22, 1149, 65536, 70000}) EXPECT_FALSE(parse_port(bad)) << bad;
}

TEST(Validation, InstanceClassesAndLogTypes) {
    for (const char* good : {"db.t3.medium", "db.r6g.16xlarge"})
        EXPECT_TRUE(check_instance_class(good)) << good;
    for (const char* bad : {"", "db", "db.t3", "t3.medium", "db..x", "db.t3.", "db.t3.a b"})
        EXPECT_FALSE(check_instance_class(bad)) << bad;
    EXPECT_TRUE(check_log_types(aurora, {"postgresql", "iam-db-auth-error", "instance"}));
    EXPECT_TRUE(check_log_types(postgres, {"upgrade"}));
    EXPECT_FALSE(check_log_types(aurora, {"upgrade"}));
    EXPECT_FALSE(check_log_types(postgres, {"audit"}));
}

std::string message(const Result<void>& checked) {
    return checked ? "" : checked.error().message;
}

TEST(Validation, ClassesThatTheEngineLacks) {
    EXPECT_EQ(message(check_class_offered(postgres, "16.4", "db.t3.micro")), "");
    EXPECT_EQ(message(check_class_offered(aurora, "16.4", "db.r6g.large")), "");
    EXPECT_EQ(message(check_class_offered(aurora, "16.4", "db.t3.medium")), "");
    for (const char* name : {"db.t3.micro", "db.t4g.small", "db.m5.large", "db.r4.large"})
        EXPECT_NE(message(check_class_offered(aurora, "16.4", name)), "") << name;
    EXPECT_EQ(message(check_class_offered(aurora, "16.4", "db.serverless")), "");
    EXPECT_NE(message(check_class_offered(postgres, "16.4", "db.serverless")), "");
    EXPECT_EQ(message(check_class_offered(postgres, "16.4", "db.m4.large")),
              "RDS does not support creating a DB instance with the following combination: "
              "DBInstanceClass=db.m4.large, Engine=postgres, EngineVersion=16.4, "
              "LicenseModel=postgresql-license. For supported combinations of instance class and database "
              "engine version, see the documentation.");
}

TEST(Validation, MonitoringNeedsAnIntervalAndARole) {
    EXPECT_EQ(message(check_monitoring(std::nullopt, std::nullopt)), "");
    EXPECT_EQ(message(check_monitoring(0, std::nullopt)), "");
    EXPECT_EQ(message(check_monitoring(60, "arn:aws:iam::123456789012:role/m")), "");
    EXPECT_EQ(message(check_monitoring(7, std::nullopt)),
              "Invalid monitoring interval, please enter a value in [0, 1, 5, 10, 15, 30, 60]");
    EXPECT_EQ(
        message(check_monitoring(60, std::nullopt)),
        "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.");
    EXPECT_EQ(message(check_monitoring(0, "arn:aws:iam::123456789012:role/m")),
              "You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN "
              "value.");
}

TEST(Validation, RdsHasWordsOfItsOwn) {
    EXPECT_EQ(message(check_retention(36, instance_retention)),
              "Invalid backup retention period: 36. Retention period must be between 0 and 35.");
    EXPECT_EQ(message(check_retention(0, cluster_retention)),
              "Invalid backup retention period: 0. Retention period must be between 1 and 35.");
    EXPECT_EQ(message(check_database_name("DBName", "a-b")),
              "DBName must begin with a letter and contain only alphanumeric characters.");
    EXPECT_EQ(message(check_database_name("DBName", "a_b")), "");
    EXPECT_EQ(message(check_master_username("seventeen_letters", cluster_username)),
              "Invalid master user name");
    EXPECT_EQ(parse_port(1149).error().message, "Invalid endpoint port 1149. Valid range is: 1150-65535");
    EXPECT_EQ(parse_group_name("Default").error().message,
              "Subnet group name default is reserved. Please specify another name.");
    EXPECT_EQ(parse_group_name("a/b").error().message, "Invalid subnet group name:  a/b");
    EXPECT_EQ(message(check_description("DBSubnetGroupDescription", "zwei Netze")), "");
    for (const char* text : {"für zwei", "two\nlines"})
        EXPECT_EQ(
            message(check_description("DBSubnetGroupDescription", text)),
            "The parameter DBSubnetGroupDescription must not contain non-printable control characters.");
}

TEST(Validation, SubnetsAreAtLeastTwoDifferentOnes) {
    EXPECT_THAT(*parse_subnets({"subnet-a", "subnet-b", "subnet-a"}, 20),
                ElementsAre("subnet-a", "subnet-b"));
    EXPECT_EQ(parse_subnets({"subnet-a", "subnet-a"}, 20).error().code, "DBSubnetGroupDoesNotCoverEnoughAZs");
    EXPECT_EQ(parse_subnets({"subnet-a", "vpc-b"}, 20).error().code, "InvalidSubnet");
    EXPECT_EQ(parse_subnets({}, 20).error().code, "DBSubnetGroupDoesNotCoverEnoughAZs");
}

TEST(Validation, WhatIsNotOfferedMayOnlyBeOff) {
    EXPECT_TRUE(refuse_switched_on({{"MultiAZ", false}, {"StorageEncrypted", std::nullopt}}));
    EXPECT_EQ(refuse_switched_on({{"MultiAZ", false}, {"StorageEncrypted", true}}).error().message,
              "StorageEncrypted is not supported here.");
}

TEST(Tags, ReplaceByKeyAndKeepTheirLimits) {
    const std::vector<model::Tag> old = {{"team", "a"}, {"Team", "b"}};
    const auto merged = tagged(old, {api::Tag{"team", "c"}, api::Tag{"empty", std::nullopt}});
    ASSERT_TRUE(merged);
    EXPECT_EQ(*merged, (std::vector<model::Tag>{{"Team", "b"}, {"team", "c"}, {"empty", ""}}));
    EXPECT_EQ(untagged(*merged, {"Team", "unknown"}).size(), 2u);
    for (const std::string& bad :
         std::vector<std::string>{"", "aws:x", "AWS:x", "rds:x", std::string(129, 'k')})
        EXPECT_FALSE(tagged({}, {api::Tag{bad, "v"}})) << bad;
    EXPECT_FALSE(tagged({}, {api::Tag{"k", std::string(257, 'v')}}));
    std::vector<api::Tag> many;
    for (int i = 0; i < 50; ++i) many.push_back(api::Tag{"k" + std::to_string(i), "v"});
    EXPECT_TRUE(tagged({}, many));
    EXPECT_FALSE(tagged({{"one", "more"}}, many));
}

TEST(Tags, SpecificationsAreForTheResourceItself) {
    const std::vector<api::TagSpecification> own = {{"cluster", {{api::Tag{"a", "b"}}}}};
    EXPECT_EQ(first_tags({{api::Tag{"c", "d"}}}, own, "cluster")->size(), 2u);
    EXPECT_FALSE(first_tags(std::nullopt, own, "db"));
}

TEST(Filters, LetThroughWhatHasOneValueOfEach) {
    const Traits traits{{"engine", {"postgres"}}, {"db-instance-id", {"one", "arn:one"}}};
    const auto passes = [&](std::vector<api::Filter> filters) {
        const auto read = Filters::read(std::move(filters), {"engine", "db-instance-id", "domain"});
        return read && read->let_through(traits);
    };
    EXPECT_TRUE(passes({}));
    EXPECT_TRUE(passes({{"db-instance-id", {{"two", "arn:one"}}}, {"engine", {{"postgres"}}}}));
    EXPECT_FALSE(passes({{"db-instance-id", {{"one"}}}, {"engine", {{"mysql"}}}}));
    EXPECT_FALSE(passes({{"domain", {{"one"}}}}));
    EXPECT_EQ(Filters::read({{api::Filter{"colour", {{"red"}}}}}, {"engine"}).error().message,
              "Unrecognized filter name: colour");
    EXPECT_FALSE(Filters::read({{api::Filter{"engine", std::nullopt}}}, {"engine"}));
}

TEST(Pending, WaitsUntilItIsToBeAppliedAndIsTakenBackByTheValueInForce) {
    model::Server server;
    EXPECT_FALSE(ask_for(server, {.iam_enabled = true, .master_verifier = {}}));
    EXPECT_EQ(server.pending.iam_enabled, true);
    EXPECT_FALSE(server.pending.apply_now);
    EXPECT_TRUE(ask_for(server, {.iam_enabled = {}, .master_verifier = {}, .apply_immediately = true}));
    EXPECT_TRUE(server.pending.apply_now);
    EXPECT_EQ(status_while_changing(server.pending), model::DatabaseStatus::configuring_iam_database_auth);
    EXPECT_FALSE(ask_for(server, {.iam_enabled = false, .master_verifier = {}, .apply_immediately = true}));
    EXPECT_EQ(server.pending, model::PendingChanges());
    EXPECT_TRUE(ask_for(server, {.iam_enabled = {}, .master_verifier = "sealed", .apply_immediately = true}));
    EXPECT_EQ(status_while_changing(server.pending), model::DatabaseStatus::resetting_master_credentials);
}

TEST(PassthroughAttributes, ComesBackAsItWasGiven) {
    model::PassthroughAttributes kept;
    echo_attribute(kept, "Iops", std::optional<std::int64_t>(3000));
    echo_attribute(kept, "AutoMinorVersionUpgrade", std::optional<bool>(false));
    echo_attribute(kept, "StorageType", std::optional<std::string>());
    EXPECT_EQ(echoed_number(kept, "Iops"), 3000);
    EXPECT_EQ(echoed_flag(kept, "AutoMinorVersionUpgrade"), false);
    EXPECT_EQ(echoed_text(kept, "StorageType"), std::nullopt);
}

}  // namespace
}  // namespace countersign::rds
