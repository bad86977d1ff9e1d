// The network that every region of an account begins with: a default VPC, a subnet in each of three zones, a
// default security group. Made when it is first needed. Source: Amazon VPC User Guide, "Default VPCs".
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/random.h"
#include "model/network.h"
#include "store/records.h"

namespace countersign::network {

// A region of an account, in which everything lies.
struct Place {
    std::string account;
    std::string region;
};

inline constexpr std::string_view default_group_name = "default";

// vpc-0…, subnet-0…: the prefix and 17 hexadecimal digits.
std::string new_id(std::string_view prefix, crypto::Random& random);

// us-west-2a and its two neighbors.
std::array<std::string, 3> zones_of(std::string_view region);
// usw2-az1 of us-west-2a; empty for what is no zone of the region.
std::string zone_id(std::string_view region, std::string_view zone);

// A new VPC with what it comes with: its default security group admits its own members alone.
model::Vpc new_vpc(std::string cidr, crypto::Random& random);
model::SecurityGroup new_default_group(const model::Vpc& vpc, crypto::Random& random);

std::string key_of(const Place& place, const model::Vpc& vpc);
std::string key_of(const Place& place, const model::Subnet& subnet);
std::string key_of(const Place& place, const model::SecurityGroup& group);

// The writes of a default VPC with its subnets and its group.
struct DefaultVpc {
    model::Vpc vpc;
    std::vector<store::Write> writes;
};
DefaultVpc new_default_vpc(const Place& place, crypto::Random& random);

// What the region has of its own, with its default VPC made if that has never been.
Result<model::RegionNetwork> ensure(store::Store& store, crypto::Random& random, const Place& place,
                                    Instant now);

// All of a place; by id, nothing for one that is not there.
Result<std::vector<store::Stored<model::Vpc>>> all_vpcs(store::Store& store, const Place& place);
Result<std::vector<store::Stored<model::Subnet>>> all_subnets(store::Store& store, const Place& place);
Result<std::vector<store::Stored<model::SecurityGroup>>> all_groups(store::Store& store, const Place& place);
Result<std::vector<store::Stored<model::PrefixList>>> all_prefix_lists(store::Store& store,
                                                                       const Place& place);
Result<std::optional<store::Stored<model::Vpc>>> find_vpc(store::Store& store, const Place& place,
                                                          std::string_view id);
Result<std::optional<store::Stored<model::Subnet>>> find_subnet(store::Store& store, const Place& place,
                                                                std::string_view id);
Result<std::optional<store::Stored<model::SecurityGroup>>> find_group(store::Store& store, const Place& place,
                                                                      std::string_view id);
Result<std::optional<store::Stored<model::PrefixList>>> find_prefix_list(store::Store& store,
                                                                         const Place& place,
                                                                         std::string_view id);

// Nothing where the region has none any more.
Result<std::optional<store::Stored<model::Vpc>>> find_default_vpc(store::Store& store, const Place& place);
// The group of that VPC that is called default.
Result<std::optional<store::Stored<model::SecurityGroup>>> find_default_group(store::Store& store,
                                                                              const Place& place,
                                                                              std::string_view vpc);

}  // namespace countersign::network
