// Operations on what is backed up by itself, of databases that are there and of those that are deleted and
// whose backups outlive them; whose backups they are, for restores.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds.h"
#include "model/snapshots.h"
#include "services/rds/service.h"
#include "services/rds/snapshot_records.h"

namespace countersign::rds {

inline constexpr std::string_view backup_kind = "auto-backup";
inline constexpr std::string_view cluster_backup_kind = "cluster-auto-backup";

// A database with automated backups, as it is or was.
struct BackedUp {
    model::Snapshot now;
    std::string retained = {};  // key of its retained backup; empty: the database is there
};
// Of the caller's account, by the resource id of the database; nothing where there is none.
Result<std::optional<BackedUp>> find_backed_up(store::Store& store, const gateway::Call& call,
                                               const SnapshotNoun& noun, const std::string& resource_id);

// Resource ids are known without regard to case. The backup of db-X is ab-X, that of cluster-X cab-X. What is
// of another form stays as it is, and so names nothing.
std::string resource_id_of(const SnapshotNoun& noun, std::string_view given);
std::string resource_id_of_backup(const gateway::Call& call, const SnapshotNoun& noun, std::string_view arn);
std::string backup_arn_of(const gateway::Call& call, const SnapshotNoun& noun, std::string_view resource_id);
Error backup_not_found(const SnapshotNoun& noun, std::string_view given);

// Adds the ARNs to authorise on where a database is named by its resource id: its backup's, and its own by
// the name that it has or had, so that no other way to name it passes by what policies say of it. False where
// that cannot be told now.
bool add_backed_up(std::vector<std::string>& arns, store::Store& store, const gateway::Call& call,
                   const SnapshotNoun& noun, const std::string& resource_id);

// What DeleteAutomatedBackups says, for whoever deletes the database.
void keep_backups(model::PassthroughAttributes& kept, const std::optional<bool>& deleted);
// So many outlive their databases as there may be databases of that kind: DB…AutomatedBackupQuotaExceeded.
Result<void> check_room_for_retained(const Deps& deps, const gateway::Call& call, const SnapshotNoun& noun,
                                     const std::optional<bool>& deleted);

Result<api::DBClusterAutomatedBackupMessage> describe_cluster_backups(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBClusterAutomatedBackupsMessage& input);
Result<api::DBInstanceAutomatedBackupMessage> describe_instance_backups(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBInstanceAutomatedBackupsMessage& input);
Result<api::DeleteDBClusterAutomatedBackupResult> delete_cluster_backup(
    const Deps& deps, const gateway::Call& call, const api::DeleteDBClusterAutomatedBackupMessage& input);
Result<api::DeleteDBInstanceAutomatedBackupResult> delete_instance_backup(
    const Deps& deps, const gateway::Call& call, const api::DeleteDBInstanceAutomatedBackupMessage& input);

// On which ARNs they are authorised.
gateway::Resources<api::ops::DescribeDBClusterAutomatedBackups> described_cluster_backups(const Deps& deps);
gateway::Resources<api::ops::DescribeDBInstanceAutomatedBackups> described_instance_backups(const Deps& deps);
gateway::Resources<api::ops::DeleteDBClusterAutomatedBackup> deleted_cluster_backup(const Deps& deps);
gateway::Resources<api::ops::DeleteDBInstanceAutomatedBackup> deleted_instance_backup(const Deps& deps);

}  // namespace countersign::rds
