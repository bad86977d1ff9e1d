// EC2's nouns as they lie in the store, as far as databases need them: VPCs, subnets, security groups with
// their rules, prefix lists.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"

namespace countersign::model {

// What every VPC comes with; its ids are all there is of it.
struct VpcParts {
    std::string main_route_table;
    std::string main_association;  // of that table with the VPC
    std::string network_acl;
    std::string cidr_association;
    friend bool operator==(const VpcParts&, const VpcParts&) = default;
};
BOOST_DESCRIBE_STRUCT(VpcParts, (), (main_route_table, main_association, network_acl, cidr_association))

struct Vpc {
    std::string id;
    std::string cidr;
    std::string tenancy = "default";
    bool is_default = false;
    bool dns_support = true;
    bool dns_hostnames = false;
    bool usage_metrics = false;
    VpcParts parts;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(Vpc, (),
                      (id, cidr, tenancy, is_default, dns_support, dns_hostnames, usage_metrics, parts, tags))

struct Subnet {
    std::string id;
    std::string vpc;
    std::string zone;  // us-west-2a
    std::string cidr;
    std::string acl_association;
    bool is_default = false;  // of its zone
    bool public_addresses = false;
    bool dns64 = false;
    std::string hostname_type = "ip-name";
    bool name_records = false;       // A
    bool name_records_ipv6 = false;  // AAAA
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(Subnet, (),
                      (id, vpc, zone, cidr, acl_association, is_default, public_addresses, dns64,
                       hostname_type, name_records, name_records_ipv6, tags))

// One source (or, of egress, destination) and the ports that it may reach. Exactly one of cidr4, cidr6,
// prefix_list and group is not empty.
struct SecurityGroupRule {
    std::string id;
    bool egress = false;
    std::string protocol;  // tcp, udp, icmp, icmpv6, a number; -1: all
    std::optional<std::int64_t> from_port;
    std::optional<std::int64_t> to_port;
    std::string cidr4;
    std::string cidr6;
    std::string prefix_list;
    std::string group;
    std::string description;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(SecurityGroupRule, (),
                      (id, egress, protocol, from_port, to_port, cidr4, cidr6, prefix_list, group,
                       description, tags))

struct SecurityGroup {
    std::string id;
    std::string name;
    std::string description;
    std::string vpc;
    std::vector<SecurityGroupRule> rules;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(SecurityGroup, (), (id, name, description, vpc, rules, tags))

struct PrefixListEntry {
    std::string cidr;
    std::string description;
    friend bool operator==(const PrefixListEntry&, const PrefixListEntry&) = default;
};
BOOST_DESCRIBE_STRUCT(PrefixListEntry, (), (cidr, description))

struct PrefixList {
    std::string id;
    std::string name;
    std::string family;  // IPv4 | IPv6
    std::int64_t entries_max = 0;
    std::int64_t version = 1;
    bool modified = false;  // since it was made
    std::vector<PrefixListEntry> entries;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(PrefixList, (), (id, name, family, entries_max, version, modified, entries, tags))

// That a region of an account has had its default VPC: one that was deleted does not come back by itself.
struct RegionNetwork {
    std::string dhcp_options;  // the only set that there is
    Instant made;
};
BOOST_DESCRIBE_STRUCT(RegionNetwork, (), (dhcp_options, made))

// How many regions of an account have a network.
struct AccountNetworks {
    std::int64_t regions = 0;
};
BOOST_DESCRIBE_STRUCT(AccountNetworks, (), (regions))

}  // namespace countersign::model
