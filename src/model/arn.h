// Amazon Resource Names: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
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

// What a login is authorised on: arn:…:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/DBUSER.
std::string dbuser_arn(std::string_view region, std::string_view account, std::string_view resource_id,
                       std::string_view db_user);

}  // namespace countersign::model
