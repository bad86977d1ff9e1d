#include "databases/backup_retention.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "databases/backups.h"
#include "databases/record_set.h"

namespace countersign::databases {

namespace {

using Backup = std::pair<std::string, model::Snapshot>;
using Backups = std::vector<Backup>;  // of one server, the newest first

void forget(const RetentionDeps& deps, const Backup& backup) {
    const auto stored = store::load<model::Snapshot>(deps.store, backup.first);
    if (!stored || !*stored || (*stored)->record.resource_id != backup.second.resource_id) return;
    const auto erased = deps.store.commit({{(*stored)->unchanged()}, {store::erase(backup.first)}});
    const Result<void> removed =
        erased ? deps.engine.remove_snapshot(backup.second.resource_id) : Result<void>(erased.error());
    if (!removed)
        deps.log.warn("backup.not_forgotten",
                      {{"snapshot", backup.second.id}, {"error", removed.error().message}});
}

// What is not among them is to go; what is still being made stays.
Backups kept_of(const Backups& backups, Instant oldest) {
    Backups kept;
    for (const Backup& backup : backups) {
        const model::Snapshot& snapshot = backup.second;
        const bool is_of_use = snapshot.status == model::SnapshotStatus::available;
        if (snapshot.created >= oldest || snapshot.status == model::SnapshotStatus::creating)
            kept.push_back(backup);
        else if (is_of_use) {
            kept.push_back(backup);
            break;
        }
    }
    return kept;
}

// Days; fewer than none where nothing is to go: its time stands still while its server does.
int retention_of_server(store::Store& store, const ServerKeys& keys) {
    const Result<RecordSet> records = read_records(store, keys);
    const bool counts = records && records->server() != nullptr && !records->stopped();
    return counts ? retention_of(records->kept()) : -1;
}

void tidy(const RetentionDeps& deps, const ServerKeys& keys, const Backups& backups, Instant now) {
    const int retention = retention_of_server(deps.store, keys);
    if (retention < 0) return;
    const Backups kept = retention == 0 ? Backups() : kept_of(backups, now - std::chrono::days(retention));
    for (const Backup& backup : backups) {
        const bool stays =
            std::ranges::any_of(kept, [&](const Backup& one) { return one.first == backup.first; });
        if (!stays) forget(deps, backup);
    }
    if (kept.empty() && retention > 0) return;
    const Instant since = kept.empty() ? now : kept.back().second.created;
    const Result<void> forgotten = deps.engine.forget_wal(keys.name(), since);
    if (!forgotten)
        deps.log.warn("backup.wal_not_forgotten",
                      {{"resource", keys.resource_id}, {"error", forgotten.error().message}});
}

}  // namespace

void forget_old_backups(const RetentionDeps& deps, const Census& census, Instant now) {
    if (!census.is_whole()) return;
    const std::set<std::string> needed = census.origins();
    std::map<std::string, Backups> by_server;
    for (Backup& backup : census.automated_snapshots())
        if (!needed.contains(backup.second.resource_id))
            by_server[backup.second.server.resource_id].push_back(std::move(backup));
    for (const ServerKeys& keys : census.servers()) {
        if (keys.reader) continue;
        if (needed.contains(keys.resource_id) ||
            needed.contains(keys.name())) {  // what is being restored of it is tidied up later
            by_server.erase(keys.resource_id);
            continue;
        }
        Backups backups;
        if (const auto found = by_server.find(keys.resource_id); found != by_server.end()) {
            backups = std::move(found->second);
            by_server.erase(found);
        }
        std::ranges::sort(backups, std::ranges::greater(),
                          [](const Backup& backup) { return backup.second.created; });
        tidy(deps, keys, backups, now);
    }
    for (const auto& [server, backups] : by_server)
        for (const Backup& backup : backups) forget(deps, backup);
}

}  // namespace countersign::databases
