#include "databases/backup_retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "databases/backups.h"
#include "databases/record_set.h"
#include "model/backup_keys.h"
#include "model/keys.h"

namespace countersign::databases {

namespace {

using Backup = std::pair<std::string, model::Snapshot>;
using Backups = std::vector<Backup>;  // of one server, the newest first

Result<std::set<std::string>> origins_now(store::Store& store) {
    const store::Page page = TRY(store::list_all(store, model::keys::rds()));
    Census census;
    for (const store::Entry& entry : page.entries) census.set(entry.key, entry.value);
    if (!census.is_whole()) return Error{Fault::unavailable, "a record of a database cannot be read"};
    return census.origins();
}

Error in_use(std::string_view what) {
    return Error{Fault::conflict, fmt::format("{} is being restored", what)};
}

// Nothing can be restored of what fails: so its file goes before its record, and a crash leaves neither
// alone. Whoever begins to restore it at this moment writes its record, and this loses its race.
Result<void> take_away(const RetentionDeps& deps, const Backup& backup) {
    auto stored = TRY(store::load<model::Snapshot>(deps.store, backup.first));
    if (!stored || stored->record.resource_id != backup.second.resource_id) return {};
    if (TRY(origins_now(deps.store)).contains(backup.second.resource_id)) return in_use(backup.second.id);
    stored->record.status = model::SnapshotStatus::failed;
    stored->record.failure = "it was taken away";
    stored->modified =
        TRY(deps.store.commit({{stored->unchanged()}, {store::put(stored->key, stored->record)}}));
    TRY(deps.engine.remove_snapshot(backup.second.resource_id));
    TRY(deps.store.commit({{stored->unchanged()}, {store::erase(stored->key)}}));
    return {};
}

bool forget(const RetentionDeps& deps, const Backup& backup) {
    const Result<void> done = take_away(deps, backup);
    if (!done)
        deps.log.warn("backup.not_forgotten",
                      {{"snapshot", backup.second.id}, {"error", done.error().message}});
    return bool(done);
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

// False where one of them stays, whose WAL is still needed.
bool forget_but(const RetentionDeps& deps, const Backups& kept, const Backups& backups) {
    bool all = true;
    for (const Backup& backup : backups) {
        const bool stays =
            std::ranges::any_of(kept, [&](const Backup& one) { return one.first == backup.first; });
        if (!stays && !forget(deps, backup)) all = false;
    }
    return all;
}

void forget_wal(const RetentionDeps& deps, const std::string& home, Instant since) {
    const Result<void> forgotten = deps.engine.forget_wal(home, since);
    if (!forgotten)
        deps.log.warn("backup.wal_not_forgotten", {{"resource", home}, {"error", forgotten.error().message}});
}

void tidy(const RetentionDeps& deps, const ServerKeys& keys, const Backups& backups, Instant now) {
    const int retention = retention_of_server(deps.store, keys);
    if (retention < 0) return;
    const Backups kept = retention == 0 ? Backups() : kept_of(backups, now - std::chrono::days(retention));
    if (!forget_but(deps, kept, backups) || (kept.empty() && retention > 0)) return;
    forget_wal(deps, keys.name(), kept.empty() ? now : kept.back().second.created);
}

// The record goes last, so that what is cut short goes on.
Result<void> take_away_retained(const RetentionDeps& deps, const std::string& key, const Backups& backups) {
    const auto stored = TRY(store::load<model::RetainedBackup>(deps.store, key));
    if (!stored) return {};
    const auto ending = TRY(begin_end_of(deps.store, *stored));
    for (const Backup& backup : backups) TRY(take_away(deps, backup));
    TRY(deps.engine.remove_retained_wal(ending.record.home));
    TRY(deps.store.commit({{ending.unchanged()}, {store::erase(key)}}));
    deps.log.info("backup.ended", {{"resource", ending.record.resource_id}});
    return {};
}

void tidy_retained(const RetentionDeps& deps, const std::pair<std::string, model::RetainedBackup>& retained,
                   const Backups& backups, Instant now) {
    const auto& [key, backup] = retained;
    if (backup.ending || now >= end_of(backup)) {
        const Result<void> done = take_away_retained(deps, key, backups);
        if (!done)
            deps.log.warn("backup.not_ended",
                          {{"resource", backup.resource_id}, {"error", done.error().message}});
        return;
    }
    const Backups kept = kept_of(backups, now - std::chrono::days(retention_of(backup.kept)));
    if (forget_but(deps, kept, backups) && !kept.empty())
        forget_wal(deps, backup.home, kept.back().second.created);
}

// The newest first; they are nobody else's then.
Backups take_from(std::map<std::string, Backups>& by_server, const std::string& resource_id) {
    Backups backups;
    if (const auto found = by_server.find(resource_id); found != by_server.end()) {
        backups = std::move(found->second);
        by_server.erase(found);
    }
    std::ranges::sort(backups, std::ranges::greater(),
                      [](const Backup& backup) { return backup.second.created; });
    return backups;
}

// A record that came since the census was taken.
bool is_retained_now(store::Store& store, const model::Snapshot& backup) {
    const auto found =
        store.get(model::keys::retained_backup(backup.account, backup.region, backup.server.resource_id));
    return !found || *found;
}

}  // namespace

Result<store::Stored<model::RetainedBackup>> begin_end_of(store::Store& store,
                                                          store::Stored<model::RetainedBackup> backup) {
    if (backup.record.ending) return backup;
    const std::set<std::string> used = TRY(origins_now(store));
    if (used.contains(backup.record.home)) return in_use(backup.record.id);
    backup.record.ending = true;
    backup.modified = TRY(store.commit({{backup.unchanged()}, {store::put(backup.key, backup.record)}}));
    return backup;
}

std::size_t backups_ending(const Census& census) {
    return static_cast<std::size_t>(std::ranges::count_if(
        census.retained_backups(), [](const auto& backup) { return backup.second.ending; }));
}

void forget_old_backups(const RetentionDeps& deps, const Census& census, Instant now) {
    if (!census.is_whole()) return;
    const std::set<std::string> needed = census.origins();
    std::map<std::string, Backups> by_server;
    std::set<std::string> restored;  // servers
    for (Backup& backup : census.automated_snapshots())
        if (needed.contains(backup.second.resource_id))
            restored.insert(backup.second.server.resource_id);
        else
            by_server[backup.second.server.resource_id].push_back(std::move(backup));
    for (const ServerKeys& keys : census.servers()) {
        if (keys.reader) continue;
        const Backups backups = take_from(by_server, keys.resource_id);
        // What is being restored of it is tidied up later.
        if (!needed.contains(keys.resource_id) && !needed.contains(keys.name()))
            tidy(deps, keys, backups, now);
    }
    for (const auto& retained : census.retained_backups()) {
        const Backups backups = take_from(by_server, retained.second.resource_id);
        if (!needed.contains(retained.second.home) && !restored.contains(retained.second.resource_id))
            tidy_retained(deps, retained, backups, now);
    }
    for (const auto& [server, backups] : by_server)
        for (const Backup& backup : backups)
            if (!is_retained_now(deps.store, backup.second)) forget(deps, backup);
}

}  // namespace countersign::databases
