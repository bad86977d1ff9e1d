#include "services/rds/clusters.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/keys.h"
#include "services/rds/automated_backups.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/master_password.h"
#include "services/rds/paging.h"
#include "services/rds/point_in_time.h"
#include "services/rds/snapshots.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

Error wrong_state(std::string message) {
    return Error{Fault::conflict, std::move(message), "InvalidDBClusterStateFault"};
}

Traits cluster_traits_of(const Call& call, const model::DBCluster& cluster) {
    return {{"db-cluster-id", {cluster.id, arn_of(call, cluster_kind, cluster.id)}},
            {"db-cluster-resource-id", {cluster.server.resource_id}},
            {"engine", {cluster.server.engine}}};
}

Result<PageOf<model::DBCluster>> clusters_asked_for(store::Store& store, const Call& call,
                                                    const api::DescribeDBClustersMessage& input) {
    const Filters filters = TRY(Filters::read(
        input.Filters, {"db-cluster-id", "db-cluster-resource-id", "engine", "clone-group-id", "domain"}));
    const auto is_asked_for = [&](const model::DBCluster& cluster) {
        return filters.let_through(cluster_traits_of(call, cluster));
    };
    if (!input.DBClusterIdentifier)
        return stored_page<model::DBCluster>(store, StoredList{keys::clusters(call.account(), call.region)},
                                             input, is_asked_for);
    TRY(items_wanted(input));
    auto one = TRY(find_cluster(store, call, *input.DBClusterIdentifier));
    return only_if(is_asked_for, std::move(one.record));
}

// A cluster that is stuck in a change, or failed, can be deleted; one that is only just being made cannot.
Result<void> check_cluster_deletable(store::Store& store, const model::DBCluster& cluster) {
    if (cluster.wish == model::Wish::deleted || cluster.status == model::DatabaseStatus::creating)
        return wrong_state(fmt::format("DB Cluster {} is not currently in the available state.", cluster.id));
    if (cluster.deletion_protection)
        return invalid_combination(
            "Cannot delete protected Cluster, please disable deletion protection and try again.");
    const std::vector<model::DBInstance> members = TRY(members_of(store, cluster));
    for (const model::DBInstance& member : members)
        if (member.wish == model::Wish::available)
            return wrong_state(
                "Cluster cannot be deleted, it still contains DB instances in non-deleting state.");
    return {};
}

}  // namespace

Result<api::DBClusterMessage> describe_clusters(const Deps& deps, const Call& call,
                                                const api::DescribeDBClustersMessage& input) {
    const auto shown_page = TRY(clusters_asked_for(deps.store, call, input));
    const auto instances = TRY(all_instances(deps.store, call));
    const AutomatedBackups backups =
        TRY(automated_backups(deps.store, cluster_snapshots, call.account(), call.region));
    api::DBClusterMessage answer;
    for (const model::DBCluster& cluster : shown_page.items) {
        std::vector<model::DBInstance> members;
        for (const auto& instance : instances)
            if (instance.record.cluster == cluster.id) members.push_back(instance.record);
        api::DBCluster& shown = answer.DBClusters.emplace_back(to_api(call, cluster, members));
        if (const auto times = restorable_times(deps, backups, cluster)) {
            shown.EarliestRestorableTime = times->earliest;
            shown.LatestRestorableTime = times->latest;
        }
    }
    answer.Marker = shown_page.next;
    return answer;
}

Result<api::GlobalClustersMessage> describe_global_clusters(const Deps&, const Call&,
                                                            const api::DescribeGlobalClustersMessage& input) {
    TRY(Filters::read(input.Filters, {"db-cluster-id", "region"}));
    if (!input.GlobalClusterIdentifier) return api::GlobalClustersMessage();
    return Error{Fault::not_found, fmt::format("Global cluster {} not found", *input.GlobalClusterIdentifier),
                 "GlobalClusterNotFoundFault"};
}

Result<api::DeleteDBClusterResult> delete_cluster(const Deps& deps, const Call& call,
                                                  const api::DeleteDBClusterMessage& input) {
    return store::retry_races([&]() -> Result<api::DeleteDBClusterResult> {
        auto stored = TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
        model::DBCluster& cluster = stored.record;
        TRY(check_final_snapshot(deps.store, call, cluster_snapshots,
                                 {input.SkipFinalSnapshot, input.FinalDBSnapshotIdentifier}));
        TRY(check_cluster_deletable(deps.store, cluster));
        cluster.wish = model::Wish::deleted;
        cluster.status = model::DatabaseStatus::deleting;
        TRY(check_room_for_retained(deps, call, cluster_snapshots, input.DeleteAutomatedBackups));
        keep_backups(cluster.kept, input.DeleteAutomatedBackups);
        store::Transaction deletion{{stored.unchanged()}, {store::put(stored.key, cluster)}};
        if (!input.FinalDBSnapshotIdentifier) end_secret(cluster.kept, deletion);
        if (input.FinalDBSnapshotIdentifier)
            join_final_snapshot(cluster_snapshots, snapshot_of(call, deps, cluster),
                                *input.FinalDBSnapshotIdentifier, deletion);
        TRY(deps.store.commit(deletion));
        api::DeleteDBClusterResult answer;
        answer.DBCluster = TRY(describe(deps.store, call, cluster));
        return answer;
    });
}

}  // namespace countersign::rds
