// Makes a snapshot of one server: of one that runs by pg_basebackup over its socket, of one that lies still
// out of its files, as the server's user; into a file of the control plane's that nobody else can open. Used
// by one worker at a time.
//
// A server's user may put a link to another server's socket in the place of its own. So pg_basebackup is
// given one that is proven (proven_socket.h).
//
// Source: PostgreSQL documentation, pg_basebackup.
#pragma once

#include <cstdint>
#include <string>

#include "base/process.h"
#include "base/result.h"
#include "databases/engine.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/server_home.h"
#include "databases/engines/local/snapshot_store.h"
#include "databases/versions.h"

namespace countersign::databases::local {

class SnapshotWork {
public:
    // All must outlive it.
    SnapshotWork(const Keeper& keeper, const ServerHome& home, const SnapshotStore& store)
        : keeper_(keeper), home_(home), store_(store) {}

    // What hinders it from the beginning is a failure that progress() shows.
    void begin_from_server(const std::string& resource_id, const EngineVersion& version, std::uint16_t port);
    void begin_from_files(const std::string& resource_id, const Path& preload);

    void fail(const std::string& resource_id, const std::string& trouble);

    SnapshotProgress progress();
    Result<void> finish();  // once it is done
    void drop();            // ends what works on it, and takes away what it has made

private:
    void note_begin(const std::string& resource_id, const Path& said, Result<Process> started);
    Result<Process> copy_server(const std::string& resource_id, const EngineVersion& version,
                                std::uint16_t port) const;
    Result<Process> pack_files(const std::string& resource_id, const Path& preload) const;
    void note_end();

    const Keeper& keeper_;
    const ServerHome& home_;
    const SnapshotStore& store_;
    WorkState state_ = WorkState::none;
    Process process_;
    std::string resource_id_;
    Path said_;  // what is said of it while it works
    bool of_files_ = false;
    std::uint64_t bytes_ = 0;
    std::string trouble_;
};

}  // namespace countersign::databases::local
