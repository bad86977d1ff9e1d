// Makes the data of a new server out of a snapshot, or out of another server: unpacked, compared with its
// manifest and recovered beside the place of the home, as the user that the server will have, while nobody
// can connect. Used by one worker at a time.
//
// Source: PostgreSQL documentation, "Recovering Using a Continuous Archive Backup", pg_verifybackup.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/process.h"
#include "base/result.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/server_home.h"
#include "databases/plan.h"
#include "databases/versions.h"

namespace countersign::databases::local {

class Restore {
public:
    // Both must outlive it.
    Restore(Keeper& keeper, const ServerHome& home) : keeper_(keeper), home_(home) {}

    // The home that is being made, whose data its user has already: what is written into it stays, and what
    // the snapshot has by these names is left out.
    Result<ServerHome> prepare();
    // Returns once it has been started, which may work for hours.
    struct Source {
        const EngineVersion& version;
        Path snapshot;
        const Path& preload;
        bool with_wal = false;              // what lies in the home's `wal.in` is replayed, too
        std::optional<Instant> until = {};  // no further; none: to its end
    };
    Result<void> begin(const Source& source);
    // The data of a standby of the server that libpq's connection string leads to; the home has what it takes
    // to get in. It waits for that server for ten minutes.
    struct Writer {
        const EngineVersion& version;
        std::string conninfo;
        const Path& preload;
    };
    Result<void> begin_copy(const Writer& writer);
    void fail(const std::string& trouble);

    ServerHome making() const;
    WorkState state();
    const std::string& trouble() const { return trouble_; }  // why it failed
    void finished() { state_ = WorkState::none; }
    void stop();  // ends what works on it, and takes away what it has made

private:
    void note_end();
    Result<void> spawn(const ServerHome& home, const Command& command, const EngineVersion& version,
                       const Path& preload, int input);

    Keeper& keeper_;
    const ServerHome& home_;
    WorkState state_ = WorkState::none;
    Process process_;
    std::string trouble_;
};

}  // namespace countersign::databases::local
