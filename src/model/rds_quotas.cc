#include "model/rds_quotas.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace countersign::model {

namespace {

constexpr std::int64_t setting_max = 100'000;

constexpr std::array quota_table = std::to_array<Quota>({
    {"AllocatedStorage", 100'000, false},
    {"AuthorizationsPerDBSecurityGroup", 20, false},
    {"CustomEndpointsPerDBCluster", 5, false},
    {quota::cluster_parameter_groups, 50},
    {quota::cluster_roles, 5},
    {quota::clusters, 40},
    {quota::instance_roles, 5},
    {quota::instances, 40},
    {quota::parameter_groups, 50},
    {"DBSecurityGroups", 25, false},
    {quota::subnet_groups, 50},
    {quota::event_subscriptions, 20},
    {"ManualClusterSnapshots", 100, false},
    {"ManualSnapshots", 100, false},
    {"OptionGroups", 20, false},
    {quota::read_replicas, 15},
    {"ReservedDBInstances", 40, false},
    {quota::subnets, 20},
});

const Quota* find_quota(std::string_view name) {
    const auto* const found = std::ranges::find(quota_table, name, &Quota::name);
    return found == quota_table.end() ? nullptr : found;
}

}  // namespace

std::span<const Quota> rds_quotas() {
    return quota_table;
}

std::int64_t most_of(const QuotaSettings& settings, std::string_view name) {
    const auto set = settings.find(name);
    if (set != settings.end()) return set->second;
    const Quota* const known = find_quota(name);
    return known == nullptr ? 0 : known->standard;
}

std::optional<std::pair<std::string, std::int64_t>> parse_quota(std::string_view text) {
    const std::size_t sign = text.find('=');
    if (sign == std::string_view::npos) return std::nullopt;
    const Quota* const known = find_quota(text.substr(0, sign));
    const auto number = parse_number<std::uint32_t>(text.substr(sign + 1));
    if (known == nullptr || !known->is_enforced || !number || *number > setting_max) return std::nullopt;
    return std::pair(std::string(known->name), std::int64_t{*number});
}

}  // namespace countersign::model
