// Takes away automated snapshots that nobody can ask for any more, and the WAL before them.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "databases/census.h"
#include "databases/engine.h"
#include "model/snapshots.h"
#include "store/records.h"
#include "store/store.h"

namespace countersign::databases {

// Of each database, and of each backup that outlives one, what is older than its BackupRetentionPeriod goes,
// but for the newest snapshot from before that time, from which later times are restored. Of a database that
// is gone, of a backup that is ending and of one whose database has been deleted for so long, everything.
// Nothing goes while a record cannot be read, whose backups it could be. May be repeated.
struct RetentionDeps {
    store::Store& store;
    const Engine& engine;
    const Log& log;
};
void forget_old_backups(const RetentionDeps& deps, const Census& census, Instant now);

// From then on nothing is restored from it, and forget_old_backups() takes it away. Fault::conflict where it
// is being restored, or somebody wrote its record meanwhile.
Result<store::Stored<model::RetainedBackup>> begin_end_of(store::Store& store,
                                                          store::Stored<model::RetainedBackup> backup);
// How many are being taken away.
std::size_t backups_ending(const Census& census);

}  // namespace countersign::databases
