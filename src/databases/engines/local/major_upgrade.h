// Brings the data of a server that has stopped to another major version, by pg_upgrade: in a copy beside the
// data, as the server's own user, and with one atomic exchange at the end. Whatever is cut short leaves the
// data of before as it was. Used by one worker at a time.
//
// Source: PostgreSQL documentation, pg_upgrade.
#pragma once

#include <filesystem>
#include <string>

#include "base/process.h"
#include "base/result.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/server_home.h"
#include "databases/plan.h"
#include "databases/versions.h"

namespace countersign::databases::local {

class MajorUpgrade {
public:
    // All must outlive it.
    MajorUpgrade(Keeper& keeper, const ServerHome& home, const std::filesystem::path& preload)
        : keeper_(keeper), home_(home), preload_(preload) {}

    // Returns once pg_upgrade has been started, which may work for hours. What hinders it from the beginning
    // is a failure that state() shows.
    void begin(const EngineVersion& from, const EngineVersion& to);

    WorkState state();
    const std::string& trouble() const { return trouble_; }  // why it failed

    // Once it is done: the upgraded data takes the place of the data of before, which stays beside it, and
    // the mark says that its accounts are to be looked at.
    Result<void> finish();

    // Ends what works on it; all begins anew the next time.
    void stop();

    // The new version serves: the data of before goes.
    Result<void> drop_former();

private:
    Result<void> prepare(const EngineVersion& from, const EngineVersion& to);
    Result<void> spawn(const EngineVersion& from, const EngineVersion& to);
    Result<void> take_place();
    void end_processes();
    void note_end();

    Keeper& keeper_;
    const ServerHome& home_;
    const std::filesystem::path& preload_;
    WorkState state_ = WorkState::none;
    Process process_;
    std::string trouble_;
    int from_ = 0;
    unsigned to_ = 0;
    bool exchanged_ = false;  // by a run of before, which had no time to record it
};

}  // namespace countersign::databases::local
