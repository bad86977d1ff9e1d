// One home for each PostgreSQL in use, its data copied and given an identity and a user ahead of time, so
// that a new server needs only a rename. It is taken by that rename, so by one server only. Another build's
// template is another spare. Safe to call from any thread.
#pragma once

#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "crypto/random.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/template_store.h"
#include "databases/versions.h"

namespace countersign::databases::local {

class SpareStore {
public:
    // What is passed by reference must outlive it.
    SpareStore(std::filesystem::path directory, TemplateStore& templates, Keeper& keeper, Clock& clock,
               crypto::Random& random)
        : directory_(std::move(directory)),
          templates_(templates),
          keeper_(keeper),
          clock_(clock),
          random_(random) {}

    // Puts a new cluster's home, which has `data` and `log`, on the same file system: the spare, or a copy
    // made now, which is not yet on disk.
    Result<void> give(const EngineVersion& version, const ServerHome& home);

    // Notes that a spare of this version is due, as giving one does.
    void want(const EngineVersion& version);

    // Makes the spare where there is none.
    Result<void> refill(const EngineVersion& version);

    // The versions of which a spare is due since this was asked last.
    std::vector<EngineVersion> take_given();

    // Ends what a crash left behind, spares of templates that these versions do not have, and those that are
    // another user's than a server would be now.
    Result<void> remove_stale(const Versions& versions);

private:
    Result<void> make(const EngineVersion& version, const std::filesystem::path& pattern,
                      const ServerHome& home) const;

    std::filesystem::path directory_;
    TemplateStore& templates_;
    Keeper& keeper_;
    Clock& clock_;
    crypto::Random& random_;
    Mutex refilling_;
    Mutex mutex_;
    std::vector<EngineVersion> given_ GUARDED_BY(mutex_);
};

}  // namespace countersign::databases::local
