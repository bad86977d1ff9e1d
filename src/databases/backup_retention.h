// Takes away automated snapshots that nobody can ask for any more, and the WAL before them.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "databases/census.h"
#include "databases/engine.h"
#include "store/store.h"

namespace countersign::databases {

// Of each database what is older than its BackupRetentionPeriod goes, but for the newest snapshot from before
// that time, from which later times are restored; of one that is gone, everything. Nothing
// goes while a record cannot be read, whose backups it could be. May be repeated.
struct RetentionDeps {
    store::Store& store;
    const Engine& engine;
    const Log& log;
};
void forget_old_backups(const RetentionDeps& deps, const Census& census, Instant now);

}  // namespace countersign::databases
