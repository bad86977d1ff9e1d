#include "model/aws_managed_policies.h"

#include <algorithm>

namespace countersign::model {

namespace {

// clang-format off
constexpr AwsManagedPolicy policies[] = {
    {"arn:aws:iam::aws:policy/AdministratorAccess", "AdministratorAccess", "/",
     "ANPAIWMBCKSKIEE64ZLYK", "Provides full access to every service and resource.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/service-role/AmazonRDSDirectoryServiceAccess", "AmazonRDSDirectoryServiceAccess", "/service-role/",
     "ANPAIL4KBY57XWMYUHKUU", "Lets RDS reach a directory for domain-joined database instances.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ds:DescribeDirectories","ds:AuthorizeApplication","ds:UnauthorizeApplication","ds:GetAuthorizedApplicationDetails"],"Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole", "AmazonRDSEnhancedMonitoringRole", "/service-role/",
     "ANPAJV7BS425S4PTSSVGK", "Lets RDS write the figures of enhanced monitoring.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:PutRetentionPolicy"],"Resource":"arn:aws:logs:*:*:log-group:RDS*"},{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams","logs:GetLogEvents"],"Resource":"arn:aws:logs:*:*:log-group:RDS*:log-stream:*"}]})"},
    {"arn:aws:iam::aws:policy/AmazonRDSFullAccess", "AmazonRDSFullAccess", "/",
     "ANPAI3R4QMOG6Q5A4VWVG", "Provides full access to RDS and to the figures and logs of databases.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["rds:*","cloudwatch:DescribeAlarms","cloudwatch:GetMetricStatistics","cloudwatch:GetMetricData","cloudwatch:ListMetrics","ec2:DescribeAccountAttributes","ec2:DescribeAvailabilityZones","ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVpcs","logs:DescribeLogStreams","logs:GetLogEvents","sns:ListSubscriptions","sns:ListTopics","sns:Publish"],"Resource":"*"},{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringLike":{"iam:AWSServiceName":["rds.amazonaws.com","rds.application-autoscaling.amazonaws.com"]}}}]})"},
    {"arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess", "AmazonRDSReadOnlyAccess", "/",
     "ANPAJKTTTYV2IIHKLZ346", "Provides read-only access to RDS and to the figures and logs of databases.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["rds:Describe*","rds:ListTagsForResource","rds:DownloadDBLogFilePortion","cloudwatch:GetMetricStatistics","cloudwatch:GetMetricData","cloudwatch:ListMetrics","ec2:DescribeAccountAttributes","ec2:DescribeAvailabilityZones","ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVpcs","logs:DescribeLogStreams","logs:GetLogEvents"],"Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/IAMFullAccess", "IAMFullAccess", "/",
     "ANPAI7XKCFMBPM3QQRRVQ", "Provides full access to IAM.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/IAMReadOnlyAccess", "IAMReadOnlyAccess", "/",
     "ANPAJKSO7NDY4T57MWDSQ", "Provides read-only access to IAM.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/IAMUserChangePassword", "IAMUserChangePassword", "/",
     "ANPAJ4L4MM2A7QIEB56MS", "Lets a user change its own password.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ChangePassword","Resource":["arn:aws:iam::*:user/${aws:username}"]},{"Effect":"Allow","Action":"iam:GetAccountPasswordPolicy","Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/PowerUserAccess", "PowerUserAccess", "/",
     "ANPAJYRXTHIB4FOVS3ZXS", "Provides full access to services and resources, but not to the management of users and groups.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*","countersign:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/ReadOnlyAccess", "ReadOnlyAccess", "/",
     "ANPAILL3HVNFSB6DCOWYQ", "Provides read-only access to services and resources.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:LookupEvents","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","countersign:Get*","countersign:List*","ec2:Describe*","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","logs:Describe*","logs:FilterLogEvents","logs:Get*","organizations:Describe*","organizations:List*","rds:Describe*","rds:DownloadCompleteDBLogFile","rds:DownloadDBLogFilePortion","rds:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","sts:GetSessionToken","tag:Get*"],"Resource":"*"}]})"},
    {"arn:aws:iam::aws:policy/SecurityAudit", "SecurityAudit", "/",
     "ANPAIX2T3QCXHR2OGGCTO", "Provides access to read the configuration of security.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:LookupEvents","countersign:Get*","countersign:List*","iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy","rds:Describe*","rds:ListTagsForResource"],"Resource":"*"}]})"},
};
// clang-format on

}  // namespace

std::span<const AwsManagedPolicy> aws_managed_policies() {
    return policies;
}

const AwsManagedPolicy* find_aws_managed_policy(std::string_view arn) {
    const auto found = std::ranges::find(policies, arn, &AwsManagedPolicy::arn);
    return found == std::end(policies) ? nullptr : found;
}

}  // namespace countersign::model
