// When databases are backed up by themselves, how long that is kept, and how a snapshot's record begins.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/rds.h"
#include "model/snapshots.h"

namespace countersign::databases {

// BackupRetentionPeriod, in days; 0: nothing is backed up by itself.
int retention_of(const model::PassthroughAttributes& kept);

// Whether automated backups of a database outlive its deletion: as the deletion says, which is kept here.
inline constexpr const char* delete_backups = "DeleteAutomatedBackups";
bool outlives_deletion(const model::PassthroughAttributes& kept);

struct BackupFacts {
    int retention = 0;
    std::string_view window;  // hh:mm-hh:mm, UTC
    Instant created;
    std::optional<Instant> backed_up;    // when the last one was begun
    std::optional<Instant> archived;     // when WAL was archived last
    bool broken = false;                 // WAL was lost since
    std::optional<Instant> failed = {};  // when the last one that failed was begun
};
// The first one is due soon; then one in each window, if anything was written
// since; once WAL was lost, soon, but not without end.
bool is_backup_due(const BackupFacts& facts, Instant now);

// rds:ID-yyyy-mm-dd-hh-mm, as RDS names them.
std::string automated_snapshot_name(std::string_view id, Instant now);

// A snapshot of what is so now, without what is to be said of the snapshot itself.
model::Snapshot snapshot_of(const model::DBCluster& cluster);
model::Snapshot snapshot_of(const model::DBInstance& instance);

// What stays of a database that is deleted now.
model::RetainedBackup retained_backup_of(const model::DBCluster& cluster, Instant now);
model::RetainedBackup retained_backup_of(const model::DBInstance& instance, Instant now);
// The database as it was, for whoever restores it.
model::Snapshot snapshot_of(const model::RetainedBackup& backup);
// From when on nothing of it is kept any more.
Instant end_of(const model::RetainedBackup& backup);

}  // namespace countersign::databases
