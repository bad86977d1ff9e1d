#include <algorithm>

#include "model/keys.h"
#include "model/rds.h"
#include "network/cidr.h"
#include "services/ec2/describe.h"
#include "services/ec2/errors.h"
#include "services/ec2/filters.h"
#include "services/ec2/operations.h"
#include "services/ec2/resources.h"
#include "services/ec2/tag_rules.h"
#include "services/ec2/uses.h"

namespace countersign::ec2 {

namespace {

constexpr std::size_t subnets_max = 200;  // EC2's quota in a VPC

Traits traits_of(const Call& call, const model::Subnet& subnet) {
    const auto block = network::parse_cidr4(subnet.cidr);
    const std::string usable = std::to_string(block ? network::usable_addresses(*block) : 0);
    Traits traits{{"availability-zone", {subnet.zone}},
                  {"availabilityZone", {subnet.zone}},
                  {"availability-zone-id", {network::zone_id(call.region, subnet.zone)}},
                  {"available-ip-address-count", {usable}},
                  {"cidr", {subnet.cidr}},
                  {"cidrBlock", {subnet.cidr}},
                  {"cidr-block", {subnet.cidr}},
                  {"default-for-az", {flag_text(subnet.is_default)}},
                  {"defaultForAz", {flag_text(subnet.is_default)}},
                  {"map-public-ip-on-launch", {flag_text(subnet.public_addresses)}},
                  {"owner-id", {call.account()}},
                  {"state", {"available"}},
                  {"subnet-arn", {arn_of(call, subnet_kind, subnet.id)}},
                  {"subnet-id", {subnet.id}},
                  {"vpc-id", {subnet.vpc}}};
    add_tags(traits, subnet.tags);
    return traits;
}

// The one that is asked for, or the first.
Result<std::string> parse_zone(const Call& call, const api::CreateSubnetRequest& input) {
    const auto zones = network::zones_of(call.region);
    if (input.AvailabilityZoneId) {
        for (const std::string& zone : zones)
            if (network::zone_id(call.region, zone) == *input.AvailabilityZoneId) return zone;
        return invalid_value(*input.AvailabilityZoneId, "availabilityZoneId");
    }
    const std::string zone = input.AvailabilityZone.value_or(zones.front());
    if (std::ranges::find(zones, zone) != zones.end()) return zone;
    return invalid_value(zone, "availabilityZone",
                         fmt::format("Subnets can currently only be created in the following availability "
                                     "zones: {}.",
                                     fmt::join(zones, ", ")));
}

// A block of the VPC that no other subnet has a part of.
Result<std::string> parse_subnet_cidr(const Deps& deps, const Call& call, const model::Vpc& vpc,
                                      const std::string& text) {
    constexpr unsigned longest = 28;
    const auto block = network::parse_cidr4(text);
    if (!block) return invalid_value(text, "cidrBlock", "This is not a valid CIDR block.");
    const auto around = network::parse_cidr4(vpc.cidr);
    if (!around || !policy::contains(*around, *block) || block->prefix > longest)
        return Error{Fault::invalid, fmt::format("The CIDR '{}' is invalid.", text), "InvalidSubnet.Range"};
    const auto subnets = TRY(network::all_subnets(deps.store, place_of(call)));
    std::size_t neighbors = 0;
    for (const auto& subnet : subnets) {
        if (subnet.record.vpc != vpc.id) continue;
        ++neighbors;
        const auto taken = network::parse_cidr4(subnet.record.cidr);
        if (taken && network::overlap(*taken, *block))
            return Error{Fault::conflict, fmt::format("The CIDR '{}' conflicts with another subnet", text),
                         "InvalidSubnet.Conflict"};
    }
    if (neighbors >= subnets_max)
        return Error{Fault::conflict, "The maximum number of subnets of the VPC has been reached.",
                     "SubnetLimitExceeded"};
    return network::text_of(*block);
}

void set_flag(const std::optional<api::AttributeBooleanValue>& given, bool& into) {
    if (given) into = given->Value.value_or(false);
}

}  // namespace

Result<api::CreateSubnetResult> create_subnet(const Deps& deps, const Call& call,
                                              const api::CreateSubnetRequest& input) {
    if (!input.CidrBlock) return missing("cidrBlock");
    model::Subnet subnet;
    subnet.id = network::new_id("subnet", deps.random);
    subnet.zone = TRY(parse_zone(call, input));
    subnet.acl_association = network::new_id("aclassoc", deps.random);
    subnet.tags = TRY(first_tags(input.TagSpecifications, subnet_kind));
    return store::retry_races([&]() -> Result<api::CreateSubnetResult> {
        const auto vpc = TRY(get_vpc(deps, call, *input.VpcId));
        subnet.vpc = vpc.record.id;
        subnet.cidr = TRY(parse_subnet_cidr(deps, call, vpc.record, *input.CidrBlock));
        // The VPC is written again as it is, so that its end, and another subnet with this block, lose a
        // race.
        TRY(deps.store.commit({{vpc.unchanged()},
                               {store::put(vpc.key, vpc.record),
                                store::put(network::key_of(place_of(call), subnet), subnet)}}));
        api::CreateSubnetResult answer;
        answer.Subnet = to_api(call, subnet);
        return answer;
    });
}

Result<Nothing> delete_subnet(const Deps& deps, const Call& call, const api::DeleteSubnetRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto subnet = TRY(get_subnet(deps, call, *input.SubnetId));
        const bool used = TRY(is_subnet_used(deps.store, place_of(call), subnet.record.id));
        if (used)
            return Error{
                Fault::conflict,
                fmt::format("The subnet '{}' has dependencies and cannot be deleted.", subnet.record.id),
                "DependencyViolation"};
        TRY(deps.store.commit({{subnet.unchanged()}, {store::erase(subnet.key)}}));
        return Nothing{};
    });
}

Result<api::DescribeSubnetsResult> describe_subnets(const Deps& deps, const Call& call,
                                                    const api::DescribeSubnetsRequest& input) {
    const Filters filters =
        TRY(Filters::read(input.Filters, {"availability-zone", "availabilityZone", "availability-zone-id",
                                          "available-ip-address-count", "cidr", "cidrBlock", "cidr-block",
                                          "default-for-az", "defaultForAz", "map-public-ip-on-launch",
                                          "owner-id", "state", "subnet-arn", "subnet-id", "vpc-id"}));
    auto all = TRY(network::all_subnets(deps.store, place_of(call)));
    auto subnets = TRY(chosen(records_of(std::move(all)), input.SubnetIds, subnet_not_found));
    const auto page = TRY(filtered_page(
        std::move(subnets), [&](const model::Subnet& subnet) { return traits_of(call, subnet); }, filters,
        input));
    api::DescribeSubnetsResult answer;
    for (const model::Subnet& subnet : page.items) answer.Subnets.push_back(to_api(call, subnet));
    answer.NextToken = page.next;
    return answer;
}

Result<Nothing> modify_subnet_attribute(const Deps& deps, const Call& call,
                                        const api::ModifySubnetAttributeRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        auto subnet = TRY(get_subnet(deps, call, *input.SubnetId));
        if (input.AssignIpv6AddressOnCreation && input.AssignIpv6AddressOnCreation->Value.value_or(false))
            return Error{Fault::unsupported,
                         fmt::format("The subnet '{}' does not have an IPv6 block.", subnet.record.id),
                         "UnsupportedOperation"};
        set_flag(input.MapPublicIpOnLaunch, subnet.record.public_addresses);
        set_flag(input.EnableDns64, subnet.record.dns64);
        set_flag(input.EnableResourceNameDnsARecordOnLaunch, subnet.record.name_records);
        set_flag(input.EnableResourceNameDnsAAAARecordOnLaunch, subnet.record.name_records_ipv6);
        if (input.PrivateDnsHostnameTypeOnLaunch)
            subnet.record.hostname_type = *input.PrivateDnsHostnameTypeOnLaunch;
        TRY(deps.store.commit({{subnet.unchanged()}, {store::put(subnet.key, subnet.record)}}));
        return Nothing{};
    });
}

}  // namespace countersign::ec2
