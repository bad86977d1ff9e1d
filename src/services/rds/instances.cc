#include "services/rds/instances.h"

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
#include "services/rds/read_replicas.h"
#include "services/rds/snapshots.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

Traits instance_traits_of(const Call& call, const model::DBInstance& instance) {
    Traits traits{{"db-instance-id", {instance.id, arn_of(call, instance_kind, instance.id)}},
                  {"dbi-resource-id", {instance.resource_id}},
                  {"engine", {instance.server ? instance.server->engine : std::string(aurora)}}};
    if (!instance.cluster.empty())
        traits["db-cluster-id"] = {instance.cluster, arn_of(call, cluster_kind, instance.cluster)};
    return traits;
}

Result<PageOf<model::DBInstance>> instances_asked_for(store::Store& store, const Call& call,
                                                      const api::DescribeDBInstancesMessage& input) {
    const Filters filters = TRY(Filters::read(
        input.Filters, {"db-cluster-id", "db-instance-id", "dbi-resource-id", "engine", "domain"}));
    const auto is_asked_for = [&](const model::DBInstance& instance) {
        return filters.let_through(instance_traits_of(call, instance));
    };
    if (!input.DBInstanceIdentifier)
        return stored_page<model::DBInstance>(store, StoredList{keys::instances(call.account(), call.region)},
                                              input, is_asked_for);
    TRY(items_wanted(input));
    auto one = TRY(find_instance(store, call, *input.DBInstanceIdentifier));
    return only_if(is_asked_for, std::move(one.record));
}

// Its data is its owner's: there is nothing to keep of it, and nothing to remove but the record.
bool is_attached(const model::DBInstance& instance) {
    return instance.server && instance.server->attached;
}

// An instance that is stuck in a change, or failed, can be deleted; one that is only just being made cannot.
// A member of a cluster leaves its data with the cluster, so no snapshot is asked for.
Result<void> check_instance_deletable(const Deps& deps, const Call& call, const model::DBInstance& instance,
                                      const api::DeleteDBInstanceMessage& input) {
    if (instance.wish == model::Wish::deleted)
        return Error{Fault::conflict, fmt::format("Instance {} is already being deleted.", instance.id),
                     "InvalidDBInstanceState"};
    if (instance.status == model::DatabaseStatus::creating && !model::is_replica(instance))
        return Error{Fault::conflict,
                     fmt::format("DB instance {} is not currently in the available state.", instance.id),
                     "InvalidDBInstanceState"};
    // Source: Aurora User Guide, "Operating on a DB cluster while it's stopped".
    if (!instance.cluster.empty() && instance.halt == model::Halt::stopped)
        return Error{Fault::conflict,
                     fmt::format("DB Cluster {} is not currently in the available state.", instance.cluster),
                     "InvalidDBClusterStateFault"};
    if (instance.deletion_protection)
        return invalid_combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again.");
    if (is_attached(instance)) return {};
    if (model::is_replica(instance)) {
        if (!input.FinalDBSnapshotIdentifier) return {};
        return invalid_combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting a read replica.");
    }
    if (instance.server)
        return check_final_snapshot(deps.store, call, instance_snapshots,
                                    {input.SkipFinalSnapshot, input.FinalDBSnapshotIdentifier});
    if (input.FinalDBSnapshotIdentifier)
        return invalid_combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance.");
    return {};
}

// Instances of a cluster share one PostgreSQL, so none has a standby to fail over to.
Result<void> check_rebootable(const model::DBInstance& instance, const api::RebootDBInstanceMessage& input) {
    if (is_attached(instance)) return invalid_combination("An attached server is its owner's to restart.");
    if (instance.wish == model::Wish::deleted || instance.status != model::DatabaseStatus::available)
        return Error{Fault::conflict,
                     fmt::format("DB instance {} is not currently in the available state.", instance.id),
                     "InvalidDBInstanceState"};
    if (input.ForceFailover.value_or(false))
        return invalid_combination(fmt::format(
            "Cannot reboot DB instance {} with failover: it is not in a Multi-AZ deployment.", instance.id));
    return {};
}

// A member's are its cluster's.
Result<void> decide_on_backups(const Deps& deps, const Call& call, model::DBInstance& instance,
                               const api::DeleteDBInstanceMessage& input) {
    if (!instance.server) return {};
    TRY(check_room_for_retained(deps, call, instance_snapshots, input.DeleteAutomatedBackups));
    keep_backups(instance.kept, input.DeleteAutomatedBackups);
    return {};
}

}  // namespace

Result<api::DBInstanceMessage> describe_instances(const Deps& deps, const Call& call,
                                                  const api::DescribeDBInstancesMessage& input) {
    const auto shown_page = TRY(instances_asked_for(deps.store, call, input));
    const AutomatedBackups backups =
        TRY(automated_backups(deps.store, instance_snapshots, call.account(), call.region));
    api::DBInstanceMessage answer;
    for (const model::DBInstance& instance : shown_page.items) {
        api::DBInstance one = TRY(describe(deps.store, call, instance));
        if (const auto times = restorable_times(deps, backups, instance))
            one.LatestRestorableTime = times->latest;
        answer.DBInstances.push_back(std::move(one));
    }
    answer.Marker = shown_page.next;
    return answer;
}

// The databases see to it: a reboot that is recorded happens, whatever becomes of this process.
Result<api::RebootDBInstanceResult> reboot_instance(const Deps& deps, const Call& call,
                                                    const api::RebootDBInstanceMessage& input) {
    return store::retry_races([&]() -> Result<api::RebootDBInstanceResult> {
        auto stored = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
        model::DBInstance& instance = stored.record;
        TRY(check_rebootable(instance, input));
        instance.reboot = true;
        instance.status = model::DatabaseStatus::rebooting;
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, instance)}}));
        api::RebootDBInstanceResult answer;
        answer.DBInstance = TRY(describe(deps.store, call, instance));
        return answer;
    });
}

Result<api::DeleteDBInstanceResult> delete_instance(const Deps& deps, const Call& call,
                                                    const api::DeleteDBInstanceMessage& input) {
    return store::retry_races([&]() -> Result<api::DeleteDBInstanceResult> {
        auto stored = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
        model::DBInstance& instance = stored.record;
        TRY(check_instance_deletable(deps, call, instance, input));
        instance.wish = model::Wish::deleted;
        instance.status = model::DatabaseStatus::deleting;
        TRY(decide_on_backups(deps, call, instance, input));
        const store::Write write =
            is_attached(instance) ? store::erase(stored.key) : store::put(stored.key, instance);
        store::Transaction deletion{{stored.unchanged()}, {write}};
        if (!input.FinalDBSnapshotIdentifier) end_secret(instance.kept, deletion);
        if (input.FinalDBSnapshotIdentifier && !is_attached(instance))
            join_final_snapshot(instance_snapshots, snapshot_of(call, deps, instance),
                                *input.FinalDBSnapshotIdentifier, deletion);
        TRY(detach_replicas(deps, instance, deletion));
        TRY(deps.store.commit(deletion));
        api::DeleteDBInstanceResult answer;
        answer.DBInstance = TRY(describe(deps.store, call, instance));
        return answer;
    });
}

}  // namespace countersign::rds
