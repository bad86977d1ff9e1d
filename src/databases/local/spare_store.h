// One data directory for each PostgreSQL in use, copied and given an identity ahead of time, so that a new
// server needs only a rename. It is taken by that rename, so by one server only. Another build's template is
// another spare. Safe to call from any thread.
#pragma once

#include <filesystem>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/random.h"
#include "databases/local/template_store.h"
#include "databases/versions.h"

namespace countersign::databases::local {

class SpareStore {
public:
    // What is passed by reference must outlive it.
    SpareStore(std::filesystem::path directory, TemplateStore& templates, Clock& clock,
               crypto::Random& random)
        : directory_(std::move(directory)), templates_(templates), clock_(clock), random_(random) {}

    // Puts a new cluster's data at `data`, on the same file system: the spare, or a copy made now, which is
    // not yet on disk.
    Result<void> give(const EngineVersion& version, const std::filesystem::path& data);

    // Makes the spare where there is none.
    Result<void> refill(const EngineVersion& version);

    // The versions of which data was given since this was asked last.
    std::vector<EngineVersion> take_given();

    // Ends what a crash left behind, and spares of templates that these versions do not have.
    Result<void> remove_stale(const Versions& versions);

private:
    Result<void> make(const EngineVersion& version, const std::filesystem::path& pattern,
                      const std::filesystem::path& data) const;

    std::filesystem::path directory_;
    TemplateStore& templates_;
    Clock& clock_;
    crypto::Random& random_;
    std::mutex refilling_;
    std::mutex mutex_;  // of given_
    std::vector<EngineVersion> given_;
};

}  // namespace countersign::databases::local
