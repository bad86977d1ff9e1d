// Snapshots of a server, and a server out of a snapshot.
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "base/deadline.h"
#include "databases/engines/local/local_server.h"
#include "databases/engines/local/wal_archive.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto proof_patience = 2s;  // it is there sooner, unless the machine is busy
constexpr auto proof_poll = 10ms;

}  // namespace

Result<void> LocalServer::begin_snapshot(const ServerFacts& facts) {
    if (!running()) {
        snapshot_.begin_from_files(facts.snapshot, deps_.options.preload);
        return {};
    }
    const EngineVersion version = TRY(installed_version());
    snapshot_.begin_from_server(facts.snapshot, version, facts.server.port, deps_.random);
    const Deadline deadline(proof_patience);
    while (snapshot_.awaits_proof() && !deadline.passed()) {
        prove_snapshot(&facts);
        std::this_thread::sleep_for(proof_poll);
    }
    return {};
}

// What is not proven now is at the next look, or is given up.
void LocalServer::prove_snapshot(const ServerFacts* facts) {
    if (facts == nullptr || !snapshot_.awaits_proof() || !running()) return;
    const Result<Session*> session = control_.session(facts->server.port);
    if (session) static_cast<void>(snapshot_.prove(**session));
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
    TRY(copy_archived(home_of(deps_.options.dir, origin.wal_of).wal(),
                      {origin.since.value_or(Instant()), origin.until}, wal));
    return deps_.keeper.hand_over_part(making, wal);
}

void LocalServer::look_at_archive(Observation& seen) const {
    seen.archives = !deps_.options.ephemeral;
    if (!seen.archives) return;
    struct stat facts {};
    if (::stat(home_.wal().c_str(), &facts) == 0 && facts.st_mtim.tv_sec > 0)
        seen.archived = Instant(std::chrono::seconds(facts.st_mtim.tv_sec));
    seen.archive_broken = file_exists(home_.wal_gap());
}

// A snapshot that begins now needs nothing of what was lost.
Result<void> LocalServer::forget_gap() const {
    std::error_code failure;
    std::filesystem::remove(home_.wal_gap(), failure);
    if (failure) return Error{Fault::unavailable, "cannot remove the mark of lost WAL: " + failure.message()};
    return {};
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
