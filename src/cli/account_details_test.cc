#include "cli/account_details.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace countersign::cli {

namespace {

constexpr const char* details = R"({
  "UserDetailList": [{
    "Path": "/", "UserName": "ada", "UserId": "AIDA1", "Arn": "arn:aws:iam::111122223333:user/ada",
    "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "rds-db:connect",
       "Resource": "arn:aws:rds-db:us-east-1:111122223333:dbuser:*/ada"}]}}],
    "GroupList": ["devs"], "AttachedManagedPolicies": [],
    "PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
                            "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/limit"},
    "Tags": [{"Key": "team", "Value": "db"}]}],
  "GroupDetailList": [{
    "Path": "/x/", "GroupName": "devs", "Arn": "arn:aws:iam::111122223333:group/x/devs", "GroupPolicyList": [],
    "AttachedManagedPolicies": [
      {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
      {"PolicyName": "limit", "PolicyArn": "arn:aws:iam::111122223333:policy/limit"}]}],
  "RoleDetailList": [
    {"Path": "/", "RoleName": "app", "Arn": "arn:aws:iam::111122223333:role/app",
     "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%5B%5D%7D",
     "RolePolicyList": [], "AttachedManagedPolicies": [],
     "InstanceProfileList": [{"Path": "/", "InstanceProfileName": "app-profile"}]},
    {"Path": "/aws-service-role/rds.amazonaws.com/", "RoleName": "AWSServiceRoleForRDS",
     "Arn": "arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"}],
  "Policies": [{"PolicyName": "limit", "Path": "/", "Arn": "arn:aws:iam::111122223333:policy/limit",
    "PolicyVersionList": [
      {"VersionId": "v2", "IsDefaultVersion": true, "Document": {"Statement": []}},
      {"VersionId": "v1", "IsDefaultVersion": false, "Document": {"Statement": []}}]},
    {"PolicyName": "ReadOnlyAccess", "Path": "/", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
})";

std::vector<std::string> calls(const ImportPlan& plan) {
    std::vector<std::string> names;
    for (const ImportStep& step : plan.steps) names.push_back(step.action + ": " + step.what);
    return names;
}

const std::string* given(const ImportPlan& plan, const std::string& action, const std::string& name) {
    const auto step = std::ranges::find(plan.steps, action, &ImportStep::action);
    return step == plan.steps.end() ? nullptr : formats::find(step->parameters, name);
}

TEST(AccountDetails, BecomeCallsInAnOrderThatWorks) {
    const auto plan = plan_import(details, "999988887777");
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->source_account, "111122223333");
    EXPECT_EQ(calls(*plan), (std::vector<std::string>{
                                "CreatePolicy: policy limit", "CreateGroup: group devs",
                                "AttachGroupPolicy: arn:aws:iam::aws:policy/ReadOnlyAccess on Group devs",
                                "AttachGroupPolicy: arn:aws:iam::999988887777:policy/limit on Group devs",
                                "CreateUser: user ada", "PutUserPolicy: policy own of User ada",
                                "AddUserToGroup: user ada in group devs", "CreateRole: role app",
                                "CreateInstanceProfile: instance profile app-profile",
                                "AddRoleToInstanceProfile: role app in instance profile app-profile"}));
    EXPECT_EQ(*given(*plan, "CreateUser", "PermissionsBoundary"), "arn:aws:iam::999988887777:policy/limit");
    EXPECT_EQ(*given(*plan, "CreateUser", "Tags.member.1.Key"), "team");
    EXPECT_EQ(*given(*plan, "CreateRole", "AssumeRolePolicyDocument"), R"({"Statement":[]})");
}

TEST(AccountDetails, IdsInDocumentsFollowTheAccount) {
    const auto moved = plan_import(details, "999988887777");
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->ids_replaced, 1U);
    EXPECT_NE(given(*moved, "PutUserPolicy", "PolicyDocument")->find(":999988887777:dbuser"),
              std::string::npos);
    const auto same = plan_import(details, "111122223333");
    ASSERT_TRUE(same);
    EXPECT_EQ(same->ids_replaced, 0U);
}

TEST(AccountDetails, WhatCannotBeTakenIsSaid) {
    const auto plan = plan_import(details, "999988887777");
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->left_out,
              (std::vector<std::string>{"policy limit: 1 older versions",
                                        "role AWSServiceRoleForRDS: AWS makes and keeps roles of path "
                                        "/aws-service-role/rds.amazonaws.com/"}));
}

TEST(AccountDetails, AnotherFileIsRefused) {
    EXPECT_FALSE(plan_import("{}", "999988887777"));
    EXPECT_FALSE(plan_import("[1]", "999988887777"));
    EXPECT_FALSE(plan_import("not json", "999988887777"));
}

}  // namespace

}  // namespace countersign::cli
