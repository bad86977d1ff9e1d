#include "services/cloudtrail/login_event.h"

#include <gtest/gtest.h>

namespace countersign::cloudtrail {
namespace {

audit::LoginEntry login() {
    audit::LoginEntry entry;
    entry.time = "2026-01-01T00:00:10.000Z";
    entry.login_id = "ABCDEFGHJKLMNPQR";
    entry.database = "orders";
    entry.resource_id = "cluster-A";
    entry.account = "111122223333";
    entry.region = "us-east-1";
    entry.user = "jane";
    entry.principal_arn = "arn:aws:iam::111122223333:user/team/jane.doe";
    entry.access_key_id = "AKIAEXAMPLE";
    entry.decision = audit::Decision::allowed;
    return entry;
}

formats::json::object record(const audit::LoginEntry& entry) {
    return formats::parse_json(event_of(entry)->record)->as_object();
}

TEST(LoginEvent, NamesWhoLoggedInWhere) {
    const auto event = event_of(login());
    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, "DatabaseLogin");
    EXPECT_EQ(event->source, "rds-db.amazonaws.com");
    EXPECT_EQ(event->username, "jane.doe");
    EXPECT_EQ(event->access_key_id, "AKIAEXAMPLE");
    EXPECT_EQ(event->resources, (std::vector<EventResource>{{"AWS::RDS::DBCluster", "orders"}}));
    EXPECT_EQ(event->account, "111122223333");
    const auto told = record(login());
    EXPECT_EQ(told.at("userIdentity").at("type").as_string(), "IAMUser");
    EXPECT_EQ(told.at("responseElements").at("DatabaseLogin").as_string(), "Success");
    EXPECT_FALSE(told.contains("errorCode"));
}

TEST(LoginEvent, ARefusalHasItsReason) {
    audit::LoginEntry entry = login();
    entry.decision = audit::Decision::refused;
    entry.check = "policy";
    entry.reason = "no statement allows it";
    entry.user = "\xff";
    const auto told = record(entry);
    EXPECT_EQ(told.at("errorCode").as_string(), "LoginRefused");
    EXPECT_EQ(told.at("errorMessage").as_string(), "no statement allows it");
    EXPECT_EQ(told.at("serviceEventDetails").at("check").as_string(), "policy");
    EXPECT_EQ(told.at("serviceEventDetails").at("databaseUser").as_string(), R"(\xFF)");
}

TEST(LoginEvent, ASessionIsKnownByItsName) {
    audit::LoginEntry entry = login();
    entry.principal_arn = "arn:aws:sts::111122223333:assumed-role/lent/night-shift";
    EXPECT_EQ(event_of(entry)->username, "night-shift");
    EXPECT_EQ(record(entry).at("userIdentity").at("type").as_string(), "AssumedRole");
    entry.principal_arn = "arn:aws:iam::111122223333:root";
    EXPECT_EQ(event_of(entry)->username, "root");
    entry.principal_arn.clear();
    EXPECT_EQ(event_of(entry)->username, "");
    EXPECT_EQ(record(entry).at("userIdentity").at("type").as_string(), "Unknown");
}

TEST(LoginEvent, HasAnIdThatStays) {
    const std::string id = event_of(login())->id;
    EXPECT_EQ(id.size(), 36U);
    EXPECT_EQ(event_of(login())->id, id);
    audit::LoginEntry entry = login();
    entry.decision = audit::Decision::ended;
    EXPECT_NE(event_of(entry)->id, id);
    EXPECT_EQ(event_of(entry)->name, "DatabaseSessionEnd");
}

TEST(LoginEvent, WhatTheLogSaysOfItselfIsNone) {
    audit::LoginEntry entry = login();
    entry.decision = audit::Decision::noted;
    EXPECT_FALSE(event_of(entry));
    entry.decision = audit::Decision::unknown;
    EXPECT_FALSE(event_of(entry));
}

}  // namespace
}  // namespace countersign::cloudtrail
