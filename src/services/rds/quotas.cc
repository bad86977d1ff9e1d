#include "services/rds/quotas.h"

#include <algorithm>
#include <map>

#include "model/event_subscription.h"
#include "model/keys.h"
#include "model/service_keys.h"
#include "services/rds/entities.h"
#include "services/rds/passthrough.h"

namespace countersign::rds {

namespace keys = model::keys;
namespace quota = model::quota;
using gateway::Call;

namespace {

using Counts = std::map<std::string_view, std::int64_t>;

Result<std::int64_t> number_of(store::Store& store, const std::string& list) {
    const store::Page page = TRY(store::list_all(store, list));
    return static_cast<std::int64_t>(page.entries.size());
}

// Of what is counted in each of several places, the most that one has.
void count_most(Counts& counts, std::string_view name, std::size_t number) {
    counts[name] = std::max(counts[name], static_cast<std::int64_t>(number));
}

// The storage of members of clusters is their cluster's, which has no size of its own.
Result<void> count_databases(store::Store& store, const Call& call, Counts& counts) {
    constexpr std::int64_t storage_gib_default = 20;
    const auto instances = TRY(all_instances(store, call));
    const auto clusters = TRY(all_clusters(store, call));
    counts[quota::instances] = static_cast<std::int64_t>(instances.size());
    counts[quota::clusters] = static_cast<std::int64_t>(clusters.size());
    for (const auto& cluster : clusters)
        count_most(counts, quota::cluster_roles, cluster.record.roles.size());
    for (const auto& instance : instances) {
        count_most(counts, quota::instance_roles, instance.record.roles.size());
        if (instance.record.server && !instance.record.server->attached)
            counts["AllocatedStorage"] +=
                echoed_number(instance.record.kept, "AllocatedStorage").value_or(storage_gib_default);
    }
    return {};
}

Result<void> count_groups(store::Store& store, const Call& call, Counts& counts) {
    const std::string& account = call.account();
    counts[quota::parameter_groups] = TRY(number_of(store, keys::parameter_groups(account, call.region)));
    counts[quota::cluster_parameter_groups] =
        TRY(number_of(store, keys::cluster_parameter_groups(account, call.region)));
    counts[quota::event_subscriptions] =
        TRY(number_of(store, keys::event_subscriptions(account, call.region)));
    const auto subnet_groups =
        TRY(store::load_all<model::DBSubnetGroup>(store, keys::subnet_groups(account, call.region)));
    counts[quota::subnet_groups] = static_cast<std::int64_t>(subnet_groups.size());
    for (const auto& group : subnet_groups) count_most(counts, quota::subnets, group.record.subnets.size());
    return {};
}

}  // namespace

std::size_t most(const Deps& deps, std::string_view name) {
    return static_cast<std::size_t>(model::most_of(deps.quotas, name));
}

Result<api::AccountAttributesMessage> describe_account_attributes(
    const Deps& deps, const Call& call, const api::DescribeAccountAttributesMessage&) {
    Counts used;
    TRY(count_databases(deps.store, call, used));
    TRY(count_groups(deps.store, call, used));
    api::AccountAttributesMessage answer;
    for (const model::Quota& one : model::rds_quotas()) {
        api::AccountQuota& shown = answer.AccountQuotas.emplace_back();
        shown.AccountQuotaName = one.name;
        shown.Used = used[one.name];
        shown.Max = model::most_of(deps.quotas, one.name);
    }
    return answer;
}

}  // namespace countersign::rds
