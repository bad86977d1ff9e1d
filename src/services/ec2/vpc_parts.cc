#include <algorithm>

#include "services/ec2/describe.h"
#include "services/ec2/errors.h"
#include "services/ec2/filters.h"
#include "services/ec2/operations.h"
#include "services/ec2/resources.h"

namespace countersign::ec2 {

namespace {

// A VPC as the holder of its main route table, or of its network ACL, by that one's id.
struct VpcPart {
    std::string id;
    model::Vpc vpc;
    std::vector<model::Subnet> subnets = {};
};

Result<std::vector<VpcPart>> parts_of(const Deps& deps, const Call& call, std::string model::VpcParts::*id) {
    auto vpcs = TRY(network::all_vpcs(deps.store, place_of(call)));
    const auto subnets = TRY(network::all_subnets(deps.store, place_of(call)));
    std::vector<VpcPart> parts;
    for (auto& vpc : vpcs) {
        VpcPart& part = parts.emplace_back();
        part.id = vpc.record.parts.*id;
        part.vpc = std::move(vpc.record);
        for (const auto& subnet : subnets)
            if (subnet.record.vpc == part.vpc.id) part.subnets.push_back(subnet.record);
    }
    return parts;
}

Error route_table_not_found(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The routeTable ID '{}' does not exist", id),
                 "InvalidRouteTableID.NotFound"};
}

Error network_acl_not_found(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The networkAcl ID '{}' does not exist", id),
                 "InvalidNetworkAclID.NotFound"};
}

api::RouteTable route_table_of(const Call& call, const VpcPart& part) {
    api::RouteTable table;
    table.RouteTableId = part.id;
    table.VpcId = part.vpc.id;
    table.OwnerId = call.account();
    api::RouteTableAssociation& main = table.Associations.emplace_back();
    main.Main = true;
    main.RouteTableAssociationId = part.vpc.parts.main_association;
    main.RouteTableId = part.id;
    main.AssociationState.emplace().State = "associated";
    api::Route& local = table.Routes.emplace_back();
    local.DestinationCidrBlock = part.vpc.cidr;
    local.GatewayId = "local";
    local.Origin = "CreateRouteTable";
    local.State = "active";
    return table;
}

void add_entries(bool egress, api::NetworkAcl& acl) {
    constexpr std::int64_t last_number = 32767;
    constexpr std::int64_t first_number = 100;
    for (const bool allows : {true, false}) {
        api::NetworkAclEntry& entry = acl.Entries.emplace_back();
        entry.CidrBlock = "0.0.0.0/0";
        entry.Egress = egress;
        entry.Protocol = "-1";
        entry.RuleAction = allows ? "allow" : "deny";
        entry.RuleNumber = allows ? first_number : last_number;
    }
}

api::NetworkAcl network_acl_of(const Call& call, const VpcPart& part) {
    api::NetworkAcl acl;
    acl.NetworkAclId = part.id;
    acl.VpcId = part.vpc.id;
    acl.OwnerId = call.account();
    acl.IsDefault = true;
    for (const model::Subnet& subnet : part.subnets) {
        api::NetworkAclAssociation& association = acl.Associations.emplace_back();
        association.NetworkAclAssociationId = subnet.acl_association;
        association.NetworkAclId = part.id;
        association.SubnetId = subnet.id;
    }
    add_entries(true, acl);
    add_entries(false, acl);
    return acl;
}

Traits traits_of_route_table(const Call& call, const VpcPart& part) {
    return {{"association.main", {"true"}},
            {"association.route-table-association-id", {part.vpc.parts.main_association}},
            {"association.route-table-id", {part.id}},
            {"owner-id", {call.account()}},
            {"route-table-id", {part.id}},
            {"route.destination-cidr-block", {part.vpc.cidr}},
            {"route.gateway-id", {"local"}},
            {"route.origin", {"CreateRouteTable"}},
            {"route.state", {"active"}},
            {"vpc-id", {part.vpc.id}}};
}

Traits traits_of_network_acl(const Call& call, const VpcPart& part) {
    Traits traits{{"default", {"true"}},
                  {"network-acl-id", {part.id}},
                  {"association.network-acl-id", {part.id}},
                  {"owner-id", {call.account()}},
                  {"vpc-id", {part.vpc.id}}};
    for (const model::Subnet& subnet : part.subnets) {
        traits["association.subnet-id"].push_back(subnet.id);
        traits["association.association-id"].push_back(subnet.acl_association);
    }
    return traits;
}

}  // namespace

Result<api::DescribeRouteTablesResult> describe_route_tables(const Deps& deps, const Call& call,
                                                             const api::DescribeRouteTablesRequest& input) {
    const Filters filters = TRY(Filters::read(
        input.Filters,
        {"association.gateway-id", "association.main", "association.route-table-association-id",
         "association.route-table-id", "association.subnet-id", "owner-id", "route-table-id",
         "route.destination-cidr-block", "route.gateway-id", "route.origin", "route.state", "vpc-id"}));
    auto all = TRY(parts_of(deps, call, &model::VpcParts::main_route_table));
    auto tables = TRY(chosen(std::move(all), input.RouteTableIds, route_table_not_found));
    const auto page = TRY(filtered_page(
        std::move(tables), [&](const VpcPart& part) { return traits_of_route_table(call, part); }, filters,
        input));
    api::DescribeRouteTablesResult answer;
    for (const VpcPart& part : page.items) answer.RouteTables.push_back(route_table_of(call, part));
    answer.NextToken = page.next;
    return answer;
}

Result<api::DescribeNetworkAclsResult> describe_network_acls(const Deps& deps, const Call& call,
                                                             const api::DescribeNetworkAclsRequest& input) {
    const Filters filters = TRY(Filters::read(
        input.Filters, {"association.association-id", "association.network-acl-id", "association.subnet-id",
                        "default", "network-acl-id", "owner-id", "vpc-id"}));
    auto all = TRY(parts_of(deps, call, &model::VpcParts::network_acl));
    auto acls = TRY(chosen(std::move(all), input.NetworkAclIds, network_acl_not_found));
    const auto page = TRY(filtered_page(
        std::move(acls), [&](const VpcPart& part) { return traits_of_network_acl(call, part); }, filters,
        input));
    api::DescribeNetworkAclsResult answer;
    for (const VpcPart& part : page.items) answer.NetworkAcls.push_back(network_acl_of(call, part));
    answer.NextToken = page.next;
    return answer;
}

Result<api::DescribeDhcpOptionsResult> describe_dhcp_options(const Deps& deps, const Call& call,
                                                             const api::DescribeDhcpOptionsRequest& input) {
    struct Options {
        std::string id;
    };
    const auto not_found = [](std::string_view id) {
        return Error{Fault::not_found, fmt::format("The dhcpOption ID '{}' does not exist", id),
                     "InvalidDhcpOptionID.NotFound"};
    };
    const Filters filters = TRY(Filters::read(input.Filters, {"dhcp-options-id", "owner-id"}));
    const model::RegionNetwork region =
        TRY(network::ensure(deps.store, deps.random, place_of(call), call.now));
    auto all = TRY(chosen(std::vector<Options>{{region.dhcp_options}}, input.DhcpOptionsIds, not_found));
    const auto traits = [&](const Options& options) {
        return Traits{{"dhcp-options-id", {options.id}}, {"owner-id", {call.account()}}};
    };
    const auto page = TRY(filtered_page(std::move(all), traits, filters, input));
    api::DescribeDhcpOptionsResult answer;
    for (const Options& options : page.items) {
        api::DhcpOptions& shown = answer.DhcpOptions.emplace_back();
        shown.DhcpOptionsId = options.id;
        shown.OwnerId = call.account();
    }
    answer.NextToken = page.next;
    return answer;
}

// There are none: databases listen at addresses of the machine.
Result<api::DescribeNetworkInterfacesResult> describe_network_interfaces(
    const Deps&, const Call&, const api::DescribeNetworkInterfacesRequest& input) {
    if (!input.NetworkInterfaceIds || input.NetworkInterfaceIds->empty())
        return api::DescribeNetworkInterfacesResult();
    return Error{
        Fault::not_found,
        fmt::format("The networkInterface ID '{}' does not exist", input.NetworkInterfaceIds->front()),
        "InvalidNetworkInterfaceID.NotFound"};
}

}  // namespace countersign::ec2
