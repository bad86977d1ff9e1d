// Operations on snapshots: create, describe, delete, copy, share; and what deletes a database with a last
// one.
#pragma once

#include <optional>
#include <string>

#include "databases/event_log.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/snapshots.h"
#include "services/rds/service.h"
#include "services/rds/snapshot_records.h"

namespace countersign::rds {

Result<api::CreateDBSnapshotResult> create_snapshot(const Deps& deps, const gateway::Call& call,
                                                    const api::CreateDBSnapshotMessage& input);
Result<api::CreateDBClusterSnapshotResult> create_cluster_snapshot(
    const Deps& deps, const gateway::Call& call, const api::CreateDBClusterSnapshotMessage& input);

Result<api::DBSnapshotMessage> describe_snapshots(const Deps& deps, const gateway::Call& call,
                                                  const api::DescribeDBSnapshotsMessage& input);
Result<api::DBClusterSnapshotMessage> describe_cluster_snapshots(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBClusterSnapshotsMessage& input);

Result<api::DeleteDBSnapshotResult> delete_snapshot(const Deps& deps, const gateway::Call& call,
                                                    const api::DeleteDBSnapshotMessage& input);
Result<api::DeleteDBClusterSnapshotResult> delete_cluster_snapshot(
    const Deps& deps, const gateway::Call& call, const api::DeleteDBClusterSnapshotMessage& input);

Result<api::CopyDBSnapshotResult> copy_snapshot(const Deps& deps, const gateway::Call& call,
                                                const api::CopyDBSnapshotMessage& input);
Result<api::CopyDBClusterSnapshotResult> copy_cluster_snapshot(
    const Deps& deps, const gateway::Call& call, const api::CopyDBClusterSnapshotMessage& input);

Result<api::DescribeDBSnapshotAttributesResult> describe_snapshot_attributes(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBSnapshotAttributesMessage& input);
Result<api::DescribeDBClusterSnapshotAttributesResult> describe_cluster_snapshot_attributes(
    const Deps& deps, const gateway::Call& call,
    const api::DescribeDBClusterSnapshotAttributesMessage& input);
Result<api::ModifyDBSnapshotAttributeResult> modify_snapshot_attribute(
    const Deps& deps, const gateway::Call& call, const api::ModifyDBSnapshotAttributeMessage& input);
Result<api::ModifyDBClusterSnapshotAttributeResult> modify_cluster_snapshot_attribute(
    const Deps& deps, const gateway::Call& call, const api::ModifyDBClusterSnapshotAttributeMessage& input);

// A snapshot that is to be made, as its record begins.
model::Snapshot snapshot_of(const gateway::Call& call, const Deps& deps, const model::DBCluster& cluster);
model::Snapshot snapshot_of(const gateway::Call& call, const Deps& deps, const model::DBInstance& instance);

// A snapshot of an instance, put beside what is to become of it after that.
Result<void> join_snapshot(const Deps& deps, const gateway::Call& call, const model::DBInstance& instance,
                           const std::string& id, store::Transaction& change);

// SkipFinalSnapshot and FinalDBSnapshotIdentifier of a deletion: what is to be put beside it. Nothing for one
// that is skipped.
struct AskedFinalSnapshot {
    std::optional<bool> skip;
    std::optional<std::string> id;
};
Result<void> check_final_snapshot(store::Store& store, const gateway::Call& call, const SnapshotNoun& noun,
                                  const AskedFinalSnapshot& asked);
void join_final_snapshot(const SnapshotNoun& noun, model::Snapshot snapshot, const std::string& id,
                         store::Transaction& deletion);

}  // namespace countersign::rds
