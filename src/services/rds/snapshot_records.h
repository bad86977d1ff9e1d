// Snapshots as the operations find and show them: those of clusters and those of instances have operations,
// names and error codes of their own, and are the same otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/snapshots.h"
#include "services/rds/service.h"
#include "store/records.h"

namespace countersign::rds {

inline constexpr std::string_view snapshot_kind = "snapshot";
inline constexpr std::string_view cluster_snapshot_kind = "cluster-snapshot";

// What is said of one of the two.
struct SnapshotNoun {
    bool of_cluster;
    std::string_view kind;       // as ARNs call it
    std::string_view name;       // DBSnapshot
    std::string_view parameter;  // by which an operation is given one
    const char* not_found;
    const char* exists;
    const char* wrong_state;
    const char* source_wrong_state;
};
extern const SnapshotNoun instance_snapshots;
extern const SnapshotNoun cluster_snapshots;

std::string snapshots_place(const SnapshotNoun& noun, std::string_view account, std::string_view region);
std::string snapshot_key(const SnapshotNoun& noun, const model::Snapshot& snapshot);

// One of the caller's own, by identifier or ARN.
Result<store::Stored<model::Snapshot>> find_snapshot(store::Store& store, const gateway::Call& call,
                                                     const SnapshotNoun& noun, std::string_view given);
// One that may be restored or copied: also of another account that shares it, or, to be copied, of another
// region, by its ARN.
Result<store::Stored<model::Snapshot>> find_usable_snapshot(store::Store& store, const gateway::Call& call,
                                                            const SnapshotNoun& noun, std::string_view given);

// What a new database begins with: a snapshot, and what happened after it until some time.
struct RestoreSource {
    model::Snapshot snapshot;
    model::Origin origin;
    std::string retained = {};  // key of the retained backup that it is of; empty: its database is there
};
RestoreSource restore_source_of(const model::Snapshot& snapshot);

// The snapshot, and a retained backup, are written again as they are, so that a deletion of one that has
// already looked for restores loses its race.
Result<void> join_origin(store::Store& store, const RestoreSource& restored, store::Transaction& creation);

Error snapshot_in_wrong_state(const SnapshotNoun& noun, const model::Snapshot& snapshot);
// So many of a region's are made by hand.
Result<void> check_room_for_snapshot(store::Store& store, const gateway::Call& call, const SnapshotNoun& noun,
                                     const std::string& id);

std::string_view text_of(model::SnapshotType type);
std::string arn_of(const model::Snapshot& snapshot);
api::DBSnapshot to_instance_snapshot(const model::Snapshot& snapshot);
api::DBClusterSnapshot to_cluster_snapshot(const model::Snapshot& snapshot);

}  // namespace countersign::rds
