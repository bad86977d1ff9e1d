// A cached data directory for each installed PostgreSQL, from which servers are copied: initdb's work and
// RDS's roles, without any password, database or identity that matters. Made once; another build, locale or
// recipe makes another one. Safe to call from any thread, and for several processes that share the directory.
#pragma once

#include <filesystem>

#include "base/mutex.h"
#include "base/result.h"
#include "databases/versions.h"

namespace countersign::databases::local {

class TemplateStore {
public:
    explicit TemplateStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

    // The template's data directory; makes it first when it is not there, which takes about a second.
    Result<std::filesystem::path> get(const EngineVersion& version);

    // Where that is, made or not. Its name is another one for another build, locale or recipe.
    std::filesystem::path place_of(const EngineVersion& version) const;

    // Ends what a crash left behind.
    Result<void> remove_half_made();

private:
    std::filesystem::path directory_;
    Mutex making_;
};

}  // namespace countersign::databases::local
