// Where the records of networks lie in the store, as keys.h has it for the rest.
#pragma once

#include <string>

#include "model/keys.h"

namespace countersign::model::keys {

// EC2's nouns lie in a region of an account, each below its kind: /ec2/ACCOUNT/REGION/KIND/
inline std::string ec2() {
    return "/ec2/";
}
inline std::string ec2_kind(Name account_id, Name region, Name kind) {
    return ec2() + std::string(account_id) + '/' + std::string(region) + '/' + std::string(kind) + '/';
}
// What says that the default VPC was made.
inline std::string region_network(Name account_id, Name region) {
    return ec2_kind(account_id, region, "region") + "made";
}
inline std::string account_networks(Name account_id) {
    return ec2() + std::string(account_id) + "/regions";
}
inline std::string vpcs(Name account_id, Name region) {
    return ec2_kind(account_id, region, "vpc");
}
inline std::string subnets(Name account_id, Name region) {
    return ec2_kind(account_id, region, "subnet");
}
inline std::string security_groups(Name account_id, Name region) {
    return ec2_kind(account_id, region, "security-group");
}
inline std::string prefix_lists(Name account_id, Name region) {
    return ec2_kind(account_id, region, "prefix-list");
}

}  // namespace countersign::model::keys
