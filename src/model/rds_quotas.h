// RDS's quotas of an account in a region, by AWS's names, and what a server sets in their place. Pure.
// Source: RDS API Reference, AccountQuota; RDS User Guide, "Quotas and constraints".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace countersign::model {

namespace quota {
inline constexpr std::string_view cluster_parameter_groups = "DBClusterParameterGroups";
inline constexpr std::string_view cluster_roles = "DBClusterRoles";
inline constexpr std::string_view clusters = "DBClusters";
inline constexpr std::string_view event_subscriptions = "EventSubscriptions";
inline constexpr std::string_view instance_roles = "DBInstanceRoles";
inline constexpr std::string_view instances = "DBInstances";
inline constexpr std::string_view parameter_groups = "DBParameterGroups";
inline constexpr std::string_view read_replicas = "ReadReplicasPerMaster";
inline constexpr std::string_view subnet_groups = "DBSubnetGroups";
inline constexpr std::string_view subnets = "SubnetsPerDBSubnetGroup";
}  // namespace quota

struct Quota {
    std::string_view name;
    std::int64_t standard;    // AWS's
    bool is_enforced = true;  // otherwise it is told, and nothing is refused for it
};
std::span<const Quota> rds_quotas();

// A server's own numbers, by the names of the table; what is not named has AWS's.
using QuotaSettings = std::map<std::string, std::int64_t, std::less<>>;
std::int64_t most_of(const QuotaSettings& settings, std::string_view name);

// NAME=NUMBER of the table's names that are enforced; nothing for any other text.
std::optional<std::pair<std::string, std::int64_t>> parse_quota(std::string_view text);

}  // namespace countersign::model
