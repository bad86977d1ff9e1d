#include "model/aws_managed_policies.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "formats/json.h"
#include "model/arn.h"

namespace countersign::model {

namespace {

namespace json = formats::json;

class InPartition {
public:
    explicit InPartition(std::string_view region) { stand_in(region); }
    ~InPartition() { stand_in("us-east-1"); }
    InPartition(const InPartition&) = delete;
    InPartition& operator=(const InPartition&) = delete;
};

std::string newest_document(const std::string& arn) {
    const AwsManagedPolicy* const policy = find_aws_managed_policy(arn);
    if (policy == nullptr) return "no such policy";
    const auto documents = aws_managed_documents(*policy, {&policy->newest(), 1});
    return documents ? documents->front() : documents.error().message;
}

}  // namespace

TEST(AwsManagedPolicies, AreAllThereAndEachIsFoundByItsArn) {
    const auto all = aws_managed_policies();
    EXPECT_GT(all.size(), 1000U);
    for (const AwsManagedPolicy& policy : all) EXPECT_EQ(find_aws_managed_policy(policy.arn()), &policy);
    for (const char* text : {"", "arn:aws:iam::aws:policy/", "arn:aws:iam::aws:policy/None",
                             "arn:aws:iam::aws:policy/service-role/AdministratorAccess",
                             "arn:aws:iam::123456789012:policy/AdministratorAccess",
                             "arn:aws-cn:iam::aws:policy/AdministratorAccess"})
        EXPECT_EQ(find_aws_managed_policy(text), nullptr) << text;
}

TEST(AwsManagedPolicies, HaveIdsVersionsAndDocumentsThatCanBeRead) {
    std::vector<std::string> ids;
    for (const AwsManagedPolicy& policy : aws_managed_policies()) {
        ids.push_back(policy.id);
        EXPECT_EQ(policy.id.size(), 21U) << policy.name;
        EXPECT_LE(policy.versions.size(), 5U) << policy.name;
        const auto documents = aws_managed_documents(policy, policy.versions);
        ASSERT_TRUE(documents) << policy.name;
        for (const std::string& document : *documents) {
            const auto parsed = formats::parse_json(document);
            ASSERT_TRUE(parsed) << policy.name;
            EXPECT_TRUE(parsed->as_object().contains("Statement")) << policy.name;
        }
    }
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(AwsManagedPolicies, AreAwsOwn) {
    const AwsManagedPolicy* const administrator =
        find_aws_managed_policy("arn:aws:iam::aws:policy/AdministratorAccess");
    ASSERT_NE(administrator, nullptr);
    EXPECT_EQ(administrator->id, "ANPAIWMBCKSKIEE64ZLYK");
    EXPECT_EQ(administrator->newest().id, "v1");
    EXPECT_EQ(administrator->created, Instant(std::chrono::seconds(1423247986)));
    EXPECT_EQ(newest_document(administrator->arn()),
              R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})");
}

TEST(AwsManagedPolicies, LieInTheProcessPartition) {
    const InPartition china("cn-north-1");
    const std::string arn = "arn:aws-cn:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole";
    EXPECT_NE(newest_document(arn).find("\"arn:aws-cn:logs:*:*:log-group:RDS*\""), std::string::npos);
    EXPECT_EQ(newest_document(arn).find("arn:aws:"), std::string::npos);
    EXPECT_TRUE(is_of_aws(arn));
    EXPECT_FALSE(is_of_aws("arn:aws:iam::aws:policy/AdministratorAccess"));
}

// Who may do everything but some things on AWS does not thereby rule this server.
TEST(AwsManagedPolicies, GiveNoRightToCountersignsOwnActionsByLeavingThemOut) {
    for (const AwsManagedPolicy& policy : aws_managed_policies()) {
        const auto text = evaluated_document(policy);
        ASSERT_TRUE(text) << policy.name;
        const json::value document = *formats::parse_json(*text);
        const json::value& statements = document.at("Statement");
        if (!statements.is_array()) continue;
        for (const json::value& statement : statements.as_array()) {
            const json::value* const excepted = statement.as_object().if_contains("NotAction");
            if (excepted == nullptr || statement.at("Effect") == "Deny") continue;
            EXPECT_EQ(std::ranges::count(excepted->as_array(), json::value("countersign:*")), 1)
                << policy.name;
        }
    }
}

TEST(AwsManagedPolicies, WhoMayReadEverythingReadsCountersignsOwn) {
    const auto* const policy = find_aws_managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess");
    ASSERT_NE(policy, nullptr);
    EXPECT_NE(evaluated_document(*policy)->find("countersign:Get*"), std::string::npos);
    EXPECT_EQ(newest_document(policy->arn()).find("countersign"), std::string::npos);
}

TEST(ManagedPolicyFile, WhatIsNoneIsRefused) {
    for (const char* bytes : {"", "no file of policies"})
        EXPECT_FALSE(ManagedPolicyFile::open(bytes)) << bytes;
    EXPECT_EQ(use_managed_policies("/nonexistent").error().fault, Fault::not_found);
}

}  // namespace countersign::model
