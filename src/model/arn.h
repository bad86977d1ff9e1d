// Amazon Resource Names: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, and the partitions that there are.
// Regions and domains of partitions: botocore's endpoints.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace countersign::model {

struct Arn {
    std::string partition;
    std::string service;
    std::string region;
    std::string account;
    std::string resource;  // everything after the fifth colon

    std::string text() const;
    friend bool operator==(const Arn&, const Arn&) = default;
};

std::optional<Arn> parse_arn(std::string_view text);

// The partition that a region lies in: aws, aws-cn or aws-us-gov.
std::string_view partition_of(std::string_view region);

// The partition of everything that has no region, as users and roles: that in which the region lies that was
// last passed to stand_in(); aws before.
std::string_view partition();
// Before any thread that makes an ARN is started: whose place a process takes does not change while it runs.
void stand_in(std::string_view region);

// The domain of a region's partition, amazonaws.com.cn in China; of that partition.
std::string_view dns_suffix_of(std::string_view region);
std::string_view dns_suffix();
// Where people of a region sign in: signin.aws.amazon.com, and what other partitions have in its place.
std::string_view signin_host_of(std::string_view region);

// Where that partition's global services, as IAM, are asked; aws:RequestedRegion of every call to them.
// Source: IAM User Guide, "AWS global condition context keys".
std::string_view home_region();

// arn:PARTITION:SERVICE::ACCOUNT:RESOURCE, in partition().
std::string global_arn(std::string_view service, std::string_view account, std::string_view resource);
inline std::string iam_arn(std::string_view account, std::string_view resource) {
    return global_arn("iam", account, resource);
}
inline std::string sts_arn(std::string_view account, std::string_view resource) {
    return global_arn("sts", account, resource);
}

// What a login is authorised on: arn:…:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/DBUSER.
std::string dbuser_arn(std::string_view region, std::string_view account, std::string_view resource_id,
                       std::string_view db_user);

}  // namespace countersign::model
