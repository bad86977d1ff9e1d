// Snapshots of a server, and a server out of a snapshot.
#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "databases/engines/local/local_server.h"
#include "databases/engines/local/wal_archive.h"

namespace countersign::databases::local {

// What hinders it is a failure of the snapshot, which is shown, and not a step that is tried again.
Result<void> LocalServer::begin_snapshot(const ServerFacts& facts) {
    if (!running()) {
        snapshot_.begin_from_files(facts.snapshot, deps_.options.preload);
        return {};
    }
    const Result<EngineVersion> version = installed_version();
    if (version)
        snapshot_.begin_from_server(facts.snapshot, *version, port());
    else
        snapshot_.fail(facts.snapshot, version.error().message);
    return {};
}

Result<void> LocalServer::finish_snapshot() {
    gap_forgotten_ = false;
    return snapshot_.finish();
}

// WAL that is lost from here on is lost for the next backup, too.
void LocalServer::drop_snapshot() {
    snapshot_.drop();
    if (std::exchange(gap_forgotten_, false)) static_cast<void>(replace_file(home_.wal_gap(), ""));
}

// Where it cannot even begin, that is a failure, too, which is shown.
Result<void> LocalServer::begin_restore(const ServerFacts& facts) {
    const Result<void> begun = begin_restoring(facts);
    if (!begun) restore_.fail(begun.error().message);
    return {};
}

Result<void> LocalServer::begin_restoring(const ServerFacts& facts) {
    const EngineVersion version = TRY(deps_.versions.runner_of(facts.server.engine_version));
    const ServerHome making = TRY(restore_.prepare());
    TRY(write_configuration(making, facts, version, Durability::none));
    TRY(keep_certificate(making, facts, Durability::none));
    const model::Origin& origin = *facts.server.origin;
    if (!origin.wal_of.empty()) TRY(take_wal(making, origin));
    return restore_.begin({version, deps_.snapshots.file(origin.snapshot), deps_.options.preload,
                           !origin.wal_of.empty(), origin.until});
}

// It is its user's then, like the rest of the home.
Result<void> LocalServer::take_wal(const ServerHome& making, const model::Origin& origin) const {
    const Path wal = making.root / wal_to_replay;
    TRY(copy_archived(wal_of(deps_.options.dir, origin.wal_of),
                      {origin.since.value_or(Instant()), origin.until}, wal));
    return deps_.keeper.hand_over_part(making, wal);
}

// From the renaming on there is no server any more; what a crash leaves beside the WAL goes at the next
// start.
Result<void> LocalServer::leave_wal() {
    stop();
    const ServerHome kept = retained_home_of(deps_.options.dir, home_.resource_id);
    TRY(rename_durably(home_.root, kept.root));
    TRY(deps_.keeper.strip_to_wal(kept));
    return remove_tree(home_.run);
}

void LocalServer::look_at_archive(Observation& seen) const {
    seen.archives = !deps_.options.ephemeral;
    if (!seen.archives) return;
    struct stat facts {};
    if (::stat(home_.wal().c_str(), &facts) == 0 && facts.st_mtim.tv_sec > 0)
        seen.archived = Instant(std::chrono::seconds(facts.st_mtim.tv_sec));
    seen.archive_broken = file_exists(home_.wal_gap());
}

// What pg_upgrade made goes on in the numbers of what was before, and is nothing of it.
// Neither hinders an upgrade that is done: nothing is restored across versions.
Result<void> LocalServer::finish_upgrade() {
    TRY(upgrade_.finish());
    static_cast<void>(forget_archived(home_.wal(), Instant::max()));
    static_cast<void>(replace_file(home_.wal_gap(), ""));
    return {};
}

// A snapshot that begins now needs nothing of what was lost. A mark that stays has one made again later.
void LocalServer::forget_gap() {
    std::error_code failure;
    gap_forgotten_ = std::filesystem::remove(home_.wal_gap(), failure);
}

Result<void> LocalServer::finish_restore(const ServerFacts& facts) {
    const ServerHome making = restore_.making();
    TRY(replace_file(making.own_database_mark(), ""));
    if (facts.server.origin->accounts) TRY(replace_file(making.accounts_mark(), ""));
    restore_.finished();
    TRY(remove_tree(making.root / wal_to_replay));  // it is empty by now
    return rename_durably(making.root, home_.root);
}

}  // namespace countersign::databases::local
