#include "services/rds/networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "model/keys.h"
#include "network/admission.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

namespace {

constexpr std::size_t security_groups_max = 16;

network::Place place_of(const Call& call) {
    return {call.account(), call.region};
}

// Nothing for one that is not here, and for that of made-up subnets.
Result<std::string> vpc_of_group(const Deps& deps, const Call& call, const std::string& name) {
    if (name.empty()) return network::vpc_of(deps.store, place_of(call), {});
    const auto group = TRY(store::load<model::DBSubnetGroup>(
        deps.store, model::keys::subnet_group(call.account(), call.region, name)));
    for (const std::string& id : group ? group->record.subnets : std::vector<std::string>()) {
        const auto subnet = TRY(network::find_subnet(deps.store, place_of(call), id));
        if (subnet) return subnet->record.vpc;
    }
    return std::string();
}

Result<std::optional<store::Stored<model::SecurityGroup>>> default_group(const Deps& deps, const Call& call,
                                                                         const std::string& vpc) {
    if (!vpc.empty()) return network::find_default_group(deps.store, place_of(call), vpc);
    const std::string fallback = TRY(network::vpc_of(deps.store, place_of(call), {}));
    return network::find_default_group(deps.store, place_of(call), fallback);
}

Result<void> check_same_vpc(const model::SecurityGroup& group, const std::string& vpc) {
    if (vpc.empty() || group.vpc == vpc) return {};
    return invalid_combination(
        fmt::format("The DB instance and EC2 security group are in different VPCs. The DB instance is in {} "
                    "and the EC2 security group is in {}",
                    vpc, group.vpc));
}

// Written again as it is, so that its deletion loses its race.
void keep(const store::Stored<model::SecurityGroup>& group, NetworkUse& use) {
    use.kept.guards.push_back(group.unchanged());
    use.kept.writes.push_back(store::put(group.key, group.record));
}

Result<std::vector<std::string>> distinct(const std::vector<std::string>& ids) {
    if (ids.size() > security_groups_max)
        return invalid_value(
            fmt::format("A database is in at most {} security groups.", security_groups_max));
    std::vector<std::string> groups;
    for (const std::string& id : ids)
        if (std::ranges::count(groups, id) == 0) groups.push_back(id);
    return groups;
}

std::string no_effect(const std::string& id, bool others, const std::string& fallback) {
    const std::string instead = others             ? "the rules of the others count"
                                : fallback.empty() ? "nobody may connect"
                                                   : fmt::format("the rules of {} count", fallback);
    return fmt::format("The security group {} has no effect here, where nobody made it: {}", printable(id),
                       instead);
}

bool is_this_machine(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

void NetworkUse::join(const Deps& deps, const Call& call, const databases::EventSource& source,
                      store::Transaction& transaction) && {
    std::move(kept).join(transaction);
    for (const std::string& report : reports)
        transaction.writes.push_back(databases::event_of(source, report, call.now, deps.random));
}

Result<NetworkUse> use_network(const Deps& deps, const Call& call, const AskedNetwork& asked) {
    const model::RegionNetwork region =
        TRY(network::ensure(deps.store, deps.random, place_of(call), call.now));
    const std::string vpc = TRY(vpc_of_group(deps, call, asked.subnet_group));
    const auto fallback = TRY(default_group(deps, call, vpc));
    NetworkUse use;
    use.made = region.made;
    if (!asked.groups || asked.groups->empty()) {
        if (!fallback) return use;
        use.groups.push_back(fallback->record.id);
        keep(*fallback, use);
        return use;
    }
    use.groups = TRY(distinct(*asked.groups));
    std::vector<std::string> unknown;
    for (const std::string& id : use.groups) {
        const auto group = TRY(network::find_group(deps.store, place_of(call), id));
        if (!group) {
            unknown.push_back(id);
            continue;
        }
        TRY(check_same_vpc(group->record, vpc));
        keep(*group, use);
    }
    const bool others = unknown.size() < use.groups.size();
    if (!others && fallback) keep(*fallback, use);
    for (const std::string& id : unknown)
        use.reports.push_back(no_effect(id, others, fallback ? fallback->record.id : ""));
    return use;
}

Result<NetworkUse> changed_network(const Deps& deps, const Call& call, const AskedNetwork& asked) {
    if (!asked.groups || asked.groups->empty()) return NetworkUse();
    return use_network(deps, call, asked);
}

Result<void> check_subnets(const Deps& deps, const Call& call, const std::vector<std::string>& ids) {
    std::set<std::string> vpcs;
    std::set<std::string> zones;
    std::vector<std::string> unknown;
    for (const std::string& id : ids) {
        const auto subnet = TRY(network::find_subnet(deps.store, place_of(call), id));
        if (!subnet) {
            unknown.push_back(id);
            continue;
        }
        vpcs.insert(subnet->record.vpc);
        zones.insert(subnet->record.zone);
    }
    if (vpcs.empty()) return {};
    if (!unknown.empty())
        return Error{Fault::invalid,
                     fmt::format("Some input subnets in :[{}] are invalid.", joined(unknown, ", ")),
                     "InvalidSubnet"};
    if (vpcs.size() > 1)
        return Error{Fault::invalid,
                     fmt::format("The subnets are in different VPCs: {}.", fmt::join(vpcs, ", ")),
                     "InvalidSubnet"};
    if (zones.size() > 1) return {};
    return Error{
        Fault::invalid,
        fmt::format("The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current "
                    "AZ coverage: {}. Add subnets to cover at least 2 AZs.",
                    *zones.begin()),
        "DBSubnetGroupDoesNotCoverEnoughAZs"};
}

Result<void> put_subnets(store::Store& store, const Call& call, api::DBSubnetGroup& answer) {
    if (answer.Subnets.empty()) {
        const std::string vpc = TRY(network::vpc_of(store, place_of(call), {}));
        if (!vpc.empty()) answer.VpcId = vpc;
    }
    for (api::Subnet& shown : answer.Subnets) {
        const auto subnet = TRY(network::find_subnet(store, place_of(call), *shown.SubnetIdentifier));
        if (!subnet) continue;
        answer.VpcId = subnet->record.vpc;
        shown.SubnetAvailabilityZone.emplace().Name = subnet->record.zone;
    }
    return {};
}

void report_reach(const Deps& deps, const Call& call, const model::DBInstance& instance,
                  store::Transaction& transaction) {
    if (!instance.publicly_accessible || !instance.server || !is_this_machine(instance.server->host)) return;
    const std::string message = fmt::format(
        "PubliclyAccessible has no effect here: the database listens at {}, and on this machine alone",
        instance.server->host);
    transaction.writes.push_back(
        databases::event_of(databases::source_of(instance), message, call.now, deps.random));
}

}  // namespace countersign::rds
