// What concerns the backups and snapshots of one server.
#include "base/text.h"
#include "databases/backups.h"
#include "databases/reconcile.h"
#include "model/ids.h"
#include "model/keys.h"

namespace countersign::databases {

bool Reconciler::backup_is_due(const ServerKeys& keys, const Snapshot& snapshot) const {
    const RecordSet& records = snapshot.records;
    const BackupFacts facts{
        retention_of(records.kept()), records.backup_window(),      records.created(), keys.backed_up,
        snapshot.seen.archived,       snapshot.seen.archive_broken, keys.backup_failed};
    return snapshot.seen.archives && is_backup_due(facts, deps_.clock.now());
}

// The name has the minute. A database of the same name that was deleted in it has left its own.
Result<store::Write> Reconciler::new_backup(const RecordSet& records) const {
    const Instant now = deps_.clock.now();
    model::Snapshot backup =
        records.cluster ? snapshot_of(records.cluster->record) : snapshot_of(records.instances[0].record);
    backup.id = automated_snapshot_name(backup.source, now);
    backup.type = model::SnapshotType::automated;
    backup.resource_id = model::new_resource_id("snap", deps_.random);
    backup.created = now;
    const std::string place = backup.of_cluster
                                  ? model::keys::cluster_snapshots(backup.account, backup.region)
                                  : model::keys::snapshots(backup.account, backup.region);
    if (TRY(deps_.store.get(place + backup.id))) backup.id += '-' + lower(backup.resource_id.substr(5, 6));
    return store::put(place + backup.id, backup);
}

void Reconciler::note_snapshot(Snapshot& snapshot, const SnapshotProgress& seen) {
    const auto& asked = snapshot.records.snapshots;
    const bool wanted = !asked.empty() && asked[0].record.resource_id == seen.resource_id;
    ObservedState& observed = snapshot.observed;
    observed.snapshot = seen.state;
    observed.snapshot_of_files = seen.of_files;
    observed.snapshot_unwanted = seen.state != WorkState::none && !wanted;
    observed.snapshot_progressed = wanted && seen.percent > asked[0].record.percent;
}

}  // namespace countersign::databases
