#include "services/rds/stop_start.h"

#include <fmt/format.h>

#include <string_view>

#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/read_replicas.h"
#include "services/rds/snapshots.h"
#include "services/rds/validation.h"
#include "store/records.h"

namespace countersign::rds {

using gateway::Call;
using model::DatabaseStatus;
using model::Halt;

const gateway::Supported stop_instance_parameters{{"DBInstanceIdentifier", "DBSnapshotIdentifier"}};
const gateway::Supported start_instance_parameters{{"DBInstanceIdentifier"}};

namespace {

struct HaltStep {
    Halt halt;
    DatabaseStatus status;
};
constexpr HaltStep to_stop{Halt::stopped, DatabaseStatus::stopping};
constexpr HaltStep to_start{Halt::starting, DatabaseStatus::starting};

Error wrong_state_of_instance(std::string message) {
    return Error{Fault::conflict, std::move(message), "InvalidDBInstanceState"};
}

Error wrong_state_of_cluster(const model::DBCluster& cluster, std::string_view expected) {
    return Error{Fault::conflict,
                 fmt::format("DbCluster {} is in {} state but expected it to be one of {}.", cluster.id,
                             text_of(cluster.status), expected),
                 "InvalidDBClusterStateFault"};
}

template <class Record>
bool has_status(const Record& record, DatabaseStatus status) {
    return record.wish == model::Wish::available && record.status == status;
}

Result<void> check_is_its_own(const model::DBInstance& instance) {
    if (!instance.cluster.empty())
        return invalid_combination(
            fmt::format("{} DB instances are not eligible for stopping and starting.", aurora));
    if (instance.server && instance.server->attached)
        return invalid_combination("An attached server is its owner's to stop and to start.");
    return {};
}

template <class Record>
void ask(HaltStep step, store::Stored<Record>& stored, store::Transaction& change) {
    stored.record.halt = step.halt;
    stored.record.status = step.status;
    change.guards.push_back(stored.unchanged());
    change.writes.push_back(store::put(stored.key, stored.record));
}

// Every instance is written, so that what was asked of one meanwhile loses its race.
Result<void> ask_all(const Deps& deps, const Call& call, HaltStep step,
                     store::Stored<model::DBCluster>& cluster) {
    store::Transaction change;
    for (store::Stored<model::DBInstance>& member : TRY(all_instances(deps.store, call))) {
        if (member.record.cluster != cluster.record.id) continue;
        const bool is_stoppable = has_status(member.record, DatabaseStatus::available) ||
                                  has_status(member.record, DatabaseStatus::failed);
        if (step.halt == Halt::stopped && !is_stoppable)
            return wrong_state_of_instance(
                fmt::format("Instance {} is not in available state.", member.record.id));
        ask(step, member, change);
    }
    ask(step, cluster, change);
    TRY(deps.store.commit(change));
    return {};
}

}  // namespace

std::vector<std::string> stopped_instance(const Call& call, const api::StopDBInstanceMessage& input) {
    std::vector<std::string> arns = resource_of(call, instance_kind, input.DBInstanceIdentifier);
    if (input.DBSnapshotIdentifier)
        arns.push_back(resource_of(call, snapshot_kind, input.DBSnapshotIdentifier).front());
    return arns;
}

Result<api::StopDBInstanceResult> stop_instance(const Deps& deps, const Call& call,
                                                const api::StopDBInstanceMessage& input) {
    return store::retry_races([&]() -> Result<api::StopDBInstanceResult> {
        auto stored = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
        TRY(check_is_its_own(stored.record));
        if (!has_status(stored.record, DatabaseStatus::available))
            return wrong_state_of_instance(
                fmt::format("Instance {} is not in available state.", stored.record.id));
        TRY(check_stops_alone(deps.store, stored.record));
        store::Transaction change;
        if (input.DBSnapshotIdentifier)
            TRY(join_snapshot(deps, call, stored.record, *input.DBSnapshotIdentifier, change));
        ask(to_stop, stored, change);
        TRY(deps.store.commit(change));
        api::StopDBInstanceResult answer;
        answer.DBInstance = TRY(describe(deps.store, call, stored.record));
        return answer;
    });
}

Result<api::StartDBInstanceResult> start_instance(const Deps& deps, const Call& call,
                                                  const api::StartDBInstanceMessage& input) {
    return store::retry_races([&]() -> Result<api::StartDBInstanceResult> {
        auto stored = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
        TRY(check_is_its_own(stored.record));
        if (!has_status(stored.record, DatabaseStatus::stopped))
            return wrong_state_of_instance(
                fmt::format("Instance {} is not stopped, cannot be started.", stored.record.id));
        store::Transaction change;
        ask(to_start, stored, change);
        TRY(deps.store.commit(change));
        api::StartDBInstanceResult answer;
        answer.DBInstance = TRY(describe(deps.store, call, stored.record));
        return answer;
    });
}

Result<api::StopDBClusterResult> stop_cluster(const Deps& deps, const Call& call,
                                              const api::StopDBClusterMessage& input) {
    return store::retry_races([&]() -> Result<api::StopDBClusterResult> {
        auto stored = TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
        if (!has_status(stored.record, DatabaseStatus::available))
            return wrong_state_of_cluster(stored.record, "available");
        TRY(ask_all(deps, call, to_stop, stored));
        api::StopDBClusterResult answer;
        answer.DBCluster = TRY(describe(deps.store, call, stored.record));
        return answer;
    });
}

Result<api::StartDBClusterResult> start_cluster(const Deps& deps, const Call& call,
                                                const api::StartDBClusterMessage& input) {
    return store::retry_races([&]() -> Result<api::StartDBClusterResult> {
        auto stored = TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
        if (!has_status(stored.record, DatabaseStatus::stopped))
            return wrong_state_of_cluster(stored.record,
                                          "stopped,inaccessible-encryption-credentials-recoverable");
        TRY(ask_all(deps, call, to_start, stored));
        api::StartDBClusterResult answer;
        answer.DBCluster = TRY(describe(deps.store, call, stored.record));
        return answer;
    });
}

}  // namespace countersign::rds
