// Operations on what is backed up by itself: restores to a point in time, and from when to when.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/snapshots.h"
#include "services/rds/service.h"
#include "services/rds/snapshot_records.h"

namespace countersign::rds {

Result<api::RestoreDBClusterToPointInTimeResult> restore_cluster_to_time(
    const Deps& deps, const gateway::Call& call, const api::RestoreDBClusterToPointInTimeMessage& input);
Result<api::RestoreDBInstanceToPointInTimeResult> restore_instance_to_time(
    const Deps& deps, const gateway::Call& call, const api::RestoreDBInstanceToPointInTimeMessage& input);

// The automated snapshots that are complete, by the resource id of their database; the newest first.
using AutomatedBackups = std::map<std::string, std::vector<model::Snapshot>>;
Result<AutomatedBackups> automated_backups(store::Store& store, const SnapshotNoun& noun,
                                           std::string_view account, std::string_view region);

// From when to when a database can be restored; nothing where it cannot be.
struct RestorableTimes {
    Instant earliest;
    Instant latest;
};
std::optional<RestorableTimes> restorable_times(const Deps& deps, const AutomatedBackups& all,
                                                const model::Snapshot& now);
std::optional<RestorableTimes> restorable_times(const Deps& deps, const AutomatedBackups& all,
                                                const model::DBCluster& cluster);
std::optional<RestorableTimes> restorable_times(const Deps& deps, const AutomatedBackups& all,
                                                const model::DBInstance& instance);

// The parameters that have their effect here, or none that anybody could miss.
extern const gateway::Supported restore_cluster_to_time_parameters;
extern const gateway::Supported restore_instance_to_time_parameters;

}  // namespace countersign::rds
