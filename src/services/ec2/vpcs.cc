#include <algorithm>
#include <array>

#include "model/network_keys.h"
#include "network/cidr.h"
#include "services/ec2/describe.h"
#include "services/ec2/errors.h"
#include "services/ec2/filters.h"
#include "services/ec2/operations.h"
#include "services/ec2/resources.h"
#include "services/ec2/tag_rules.h"
#include "services/ec2/uses.h"

namespace countersign::ec2 {

namespace keys = model::keys;

namespace {

constexpr std::size_t vpcs_max = 100;

Result<std::string> parse_vpc_cidr(const std::string& text) {
    constexpr unsigned longest = 28;
    constexpr unsigned shortest = 16;
    const auto block = network::parse_cidr4(text);
    if (!block) return invalid_value(text, "cidrBlock", "This is not a valid CIDR block.");
    if (block->prefix < shortest || block->prefix > longest)
        return Error{Fault::invalid, fmt::format("The CIDR '{}' is invalid.", text), "InvalidVpc.Range"};
    return network::text_of(*block);
}

Traits traits_of(const Call& call, const model::Vpc& vpc, const std::string& dhcp_options) {
    Traits traits{{"vpc-id", {vpc.id}},
                  {"cidr", {vpc.cidr}},
                  {"cidr-block-association.cidr-block", {vpc.cidr}},
                  {"cidr-block-association.association-id", {vpc.parts.cidr_association}},
                  {"cidr-block-association.state", {"associated"}},
                  {"dhcp-options-id", {dhcp_options}},
                  {"is-default", {flag_text(vpc.is_default)}},
                  {"isDefault", {flag_text(vpc.is_default)}},
                  {"owner-id", {call.account()}},
                  {"state", {"available"}}};
    add_tags(traits, vpc.tags);
    return traits;
}

Error has_dependencies(const std::string& id) {
    return Error{Fault::conflict, fmt::format("The vpc '{}' has dependencies and cannot be deleted.", id),
                 "DependencyViolation"};
}

// What goes with a VPC, where nothing is left in it that somebody made: of a database that is put into its
// group meanwhile and this, one loses.
Result<store::Transaction> end_of_vpc(const Deps& deps, const Call& call,
                                      const store::Stored<model::Vpc>& stored) {
    const model::Vpc& vpc = stored.record;
    const auto subnets = TRY(network::all_subnets(deps.store, place_of(call)));
    for (const auto& subnet : subnets)
        if (subnet.record.vpc == vpc.id) return has_dependencies(vpc.id);
    const auto groups = TRY(network::all_groups(deps.store, place_of(call)));
    store::Transaction end{{stored.unchanged()}, {store::erase(stored.key)}};
    for (const auto& group : groups) {
        if (group.record.vpc != vpc.id) continue;
        const bool used = TRY(is_group_used(deps.store, place_of(call), group.record.id));
        if (used || group.record.name != network::default_group_name) return has_dependencies(vpc.id);
        end.guards.push_back(group.unchanged());
        end.writes.push_back(store::erase(group.key));
    }
    return end;
}

}  // namespace

Result<api::CreateVpcResult> create_vpc(const Deps& deps, const Call& call,
                                        const api::CreateVpcRequest& input) {
    if (!input.CidrBlock) return missing("cidrBlock");
    if (input.AmazonProvidedIpv6CidrBlock.value_or(false))
        return Error{Fault::unsupported, "IPv6 blocks of Amazon's are not offered here.",
                     "UnsupportedOperation"};
    std::string cidr = TRY(parse_vpc_cidr(*input.CidrBlock));
    model::Vpc vpc = network::new_vpc(std::move(cidr), deps.random);
    vpc.tenancy = input.InstanceTenancy.value_or("default");
    vpc.tags = TRY(first_tags(input.TagSpecifications, vpc_kind));
    const auto known = TRY(network::all_vpcs(deps.store, place_of(call)));
    if (known.size() >= vpcs_max)
        return Error{Fault::conflict, "The maximum number of VPCs has been reached.", "VpcLimitExceeded"};
    const model::SecurityGroup group = network::new_default_group(vpc, deps.random);
    const network::Place place = place_of(call);
    TRY(deps.store.commit(
        {{},
         {store::put(network::key_of(place, vpc), vpc), store::put(network::key_of(place, group), group)}}));
    const model::RegionNetwork region = TRY(network::ensure(deps.store, deps.random, place, call.now));
    api::CreateVpcResult answer;
    answer.Vpc = to_api(call, vpc, region.dhcp_options);
    return answer;
}

Result<api::CreateDefaultVpcResult> create_default_vpc(const Deps& deps, const Call& call,
                                                       const api::CreateDefaultVpcRequest&) {
    const network::Place place = place_of(call);
    const auto region =
        TRY(store::load<model::RegionNetwork>(deps.store, keys::region_network(place.account, place.region)));
    if (!region) return Error{Fault::internal, "a region whose network was not made"};
    const auto known = TRY(network::find_default_vpc(deps.store, place));
    if (known)
        return Error{Fault::conflict, "A Default VPC already exists for this account in this region.",
                     "DefaultVpcAlreadyExists"};
    network::DefaultVpc made = network::new_default_vpc(place, deps.random);
    // Written again as it is, so that of two at once one loses.
    made.writes.push_back(store::put(region->key, region->record));
    TRY(deps.store.commit({{region->unchanged()}, std::move(made.writes)}));
    api::CreateDefaultVpcResult answer;
    answer.Vpc = to_api(call, made.vpc, region->record.dhcp_options);
    return answer;
}

Result<Nothing> delete_vpc(const Deps& deps, const Call& call, const api::DeleteVpcRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto vpc = TRY(get_vpc(deps, call, *input.VpcId));
        const store::Transaction end = TRY(end_of_vpc(deps, call, vpc));
        TRY(deps.store.commit(end));
        return Nothing{};
    });
}

Result<api::DescribeVpcsResult> describe_vpcs(const Deps& deps, const Call& call,
                                              const api::DescribeVpcsRequest& input) {
    const Filters filters = TRY(Filters::read(
        input.Filters, {"cidr", "cidr-block-association.association-id", "cidr-block-association.cidr-block",
                        "cidr-block-association.state", "dhcp-options-id", "is-default", "isDefault",
                        "owner-id", "state", "vpc-id"}));
    const model::RegionNetwork region =
        TRY(network::ensure(deps.store, deps.random, place_of(call), call.now));
    auto all = TRY(network::all_vpcs(deps.store, place_of(call)));
    auto vpcs = TRY(chosen(records_of(std::move(all)), input.VpcIds, vpc_not_found));
    const auto page = TRY(filtered_page(
        std::move(vpcs), [&](const model::Vpc& vpc) { return traits_of(call, vpc, region.dhcp_options); },
        filters, input));
    api::DescribeVpcsResult answer;
    for (const model::Vpc& vpc : page.items) answer.Vpcs.push_back(to_api(call, vpc, region.dhcp_options));
    answer.NextToken = page.next;
    return answer;
}

Result<api::DescribeVpcAttributeResult> describe_vpc_attribute(
    const Deps& deps, const Call& call, const api::DescribeVpcAttributeRequest& input) {
    const auto vpc = TRY(get_vpc(deps, call, *input.VpcId));
    api::DescribeVpcAttributeResult answer;
    answer.VpcId = vpc.record.id;
    if (*input.Attribute == "enableDnsSupport")
        answer.EnableDnsSupport.emplace().Value = vpc.record.dns_support;
    else if (*input.Attribute == "enableDnsHostnames")
        answer.EnableDnsHostnames.emplace().Value = vpc.record.dns_hostnames;
    else
        answer.EnableNetworkAddressUsageMetrics.emplace().Value = vpc.record.usage_metrics;
    return answer;
}

Result<Nothing> modify_vpc_attribute(const Deps& deps, const Call& call,
                                     const api::ModifyVpcAttributeRequest& input) {
    const std::array given{&input.EnableDnsHostnames, &input.EnableDnsSupport,
                           &input.EnableNetworkAddressUsageMetrics};
    if (std::ranges::count_if(given, [](const auto* one) { return one->has_value(); }) != 1)
        return Error{Fault::invalid, "Exactly one attribute must be given.", "InvalidParameterCombination"};
    return store::retry_races([&]() -> Result<Nothing> {
        auto vpc = TRY(get_vpc(deps, call, *input.VpcId));
        if (input.EnableDnsHostnames)
            vpc.record.dns_hostnames = input.EnableDnsHostnames->Value.value_or(false);
        if (input.EnableDnsSupport) vpc.record.dns_support = input.EnableDnsSupport->Value.value_or(false);
        if (input.EnableNetworkAddressUsageMetrics)
            vpc.record.usage_metrics = input.EnableNetworkAddressUsageMetrics->Value.value_or(false);
        TRY(deps.store.commit({{vpc.unchanged()}, {store::put(vpc.key, vpc.record)}}));
        return Nothing{};
    });
}

}  // namespace countersign::ec2
