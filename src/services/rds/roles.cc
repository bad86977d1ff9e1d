#include "services/rds/roles.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/arn.h"
#include "services/rds/entities.h"
#include "services/rds/quotas.h"
#include "services/rds/validation.h"
#include "services/rds/without_effect.h"

namespace countersign::rds {

using gateway::Call;
using gateway::Nothing;
using model::AssociatedRole;

namespace {

// What clusters and instances differ in.
struct Words {
    std::string_view noun;  // DB Cluster
    std::string_view code;  // of errors: DBClusterRole
    std::string_view quota;
};
constexpr Words of_cluster{"DB Cluster", "DBClusterRole", model::quota::cluster_roles};
constexpr Words of_instance{"DB Instance", "DBInstanceRole", model::quota::instance_roles};

Result<void> check_role(const std::string& arn) {
    const auto parsed = model::parse_arn(arn);
    if (parsed && parsed->service == "iam" && parsed->resource.starts_with("role/")) return {};
    return invalid_value(fmt::format("The parameter RoleArn is not a valid ARN of an IAM role: {}", arn));
}

Result<void> add(const Deps& deps, std::vector<AssociatedRole>& roles, const AssociatedRole& role,
                 const Words& words, const std::string& id) {
    TRY(check_role(role.arn));
    const bool taken = std::ranges::any_of(roles, [&](const AssociatedRole& other) {
        return other == role || (!role.feature.empty() && other.feature == role.feature);
    });
    if (taken)
        return Error{Fault::exists,
                     fmt::format("Role ARN {} is already associated with {}: {}. Verify your role ARN or "
                                 "feature name and try again.",
                                 role.arn, words.noun, id),
                     fmt::format("{}AlreadyExists", words.code)};
    if (const std::size_t roles_max = most(deps, words.quota); roles.size() >= roles_max)
        return Error{Fault::conflict,
                     fmt::format("{} {} has {} roles already, which is the most.", words.noun, id, roles_max),
                     fmt::format("{}QuotaExceeded", words.code)};
    roles.push_back(role);
    return {};
}

Result<void> remove(std::vector<AssociatedRole>& roles, const AssociatedRole& role, const Words& words,
                    const std::string& id) {
    if (std::erase(roles, role) > 0) return {};
    return Error{
        Fault::not_found,
        fmt::format(
            "Role ARN {} cannot be found for {}: {}. Verify your role ARN or feature name and try again.",
            role.arn, words.noun, id),
        fmt::format("{}NotFound", words.code)};
}

Result<void> check_available(const model::DBCluster& cluster) {
    if (cluster.wish == model::Wish::available && cluster.status == model::DatabaseStatus::available)
        return {};
    return Error{Fault::conflict,
                 fmt::format("DB Cluster {} is not currently in the available state.", cluster.id),
                 "InvalidDBClusterStateFault"};
}

Result<void> check_available(const model::DBInstance& instance) {
    if (instance.wish == model::Wish::available && instance.status == model::DatabaseStatus::available)
        return {};
    return Error{Fault::conflict,
                 fmt::format("DB instance {} is not currently in the available state.", instance.id),
                 "InvalidDBInstanceState"};
}

// Finds the record, changes its roles and writes it again, with an event where a role is new.
template <class Find, class Change>
Result<Nothing> change_roles(const Deps& deps, const Call& call, Find find, Change change) {
    return store::retry_races([&]() -> Result<Nothing> {
        auto stored = TRY(find());
        const OptionNames before = model::options_on(stored.record);
        TRY(check_available(stored.record));
        TRY(change(stored.record));
        store::Transaction transaction{{stored.unchanged()}, {store::put(stored.key, stored.record)}};
        report_options(deps, call, databases::source_of(stored.record),
                       turned_on(before, model::options_on(stored.record)), transaction);
        TRY(deps.store.commit(transaction));
        return Nothing{};
    });
}

}  // namespace

Result<Nothing> add_role_to_cluster(const Deps& deps, const Call& call,
                                    const api::AddRoleToDBClusterMessage& input) {
    const AssociatedRole role{*input.RoleArn, input.FeatureName.value_or("")};
    return change_roles(
        deps, call, [&] { return find_cluster(deps.store, call, *input.DBClusterIdentifier); },
        [&](model::DBCluster& cluster) { return add(deps, cluster.roles, role, of_cluster, cluster.id); });
}

Result<Nothing> add_role_to_instance(const Deps& deps, const Call& call,
                                     const api::AddRoleToDBInstanceMessage& input) {
    const AssociatedRole role{*input.RoleArn, *input.FeatureName};
    return change_roles(
        deps, call, [&] { return find_instance(deps.store, call, *input.DBInstanceIdentifier); },
        [&](model::DBInstance& instance) {
            return add(deps, instance.roles, role, of_instance, instance.id);
        });
}

Result<Nothing> remove_role_from_cluster(const Deps& deps, const Call& call,
                                         const api::RemoveRoleFromDBClusterMessage& input) {
    const AssociatedRole role{*input.RoleArn, input.FeatureName.value_or("")};
    return change_roles(
        deps, call, [&] { return find_cluster(deps.store, call, *input.DBClusterIdentifier); },
        [&](model::DBCluster& cluster) { return remove(cluster.roles, role, of_cluster, cluster.id); });
}

Result<Nothing> remove_role_from_instance(const Deps& deps, const Call& call,
                                          const api::RemoveRoleFromDBInstanceMessage& input) {
    const AssociatedRole role{*input.RoleArn, *input.FeatureName};
    return change_roles(
        deps, call, [&] { return find_instance(deps.store, call, *input.DBInstanceIdentifier); },
        [&](model::DBInstance& instance) { return remove(instance.roles, role, of_instance, instance.id); });
}

}  // namespace countersign::rds
