// Where snapshots lie: DIR/snapshots/RESOURCE-ID.tar.zst, a data directory as pg_basebackup packs it. The
// control plane's alone. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace countersign::databases::local {

class SnapshotStore {
public:
    explicit SnapshotStore(Path directory) : directory_(std::move(directory)) {}

    Path file(const std::string& resource_id) const { return directory_ / (resource_id + ".tar.zst"); }
    // Of one that is being made: what is packed so far, what is said of it, and the way to its server.
    Path making(const std::string& resource_id) const { return directory_ / (resource_id + ".making"); }
    Path said(const std::string& resource_id) const { return directory_ / (resource_id + ".said"); }
    Path way(const std::string& resource_id) const { return directory_ / (resource_id + ".way"); }

    Result<void> prepare() const { return make_directory(directory_); }
    // What was being made becomes the snapshot; the answer is its size in bytes.
    Result<std::uint64_t> keep(const std::string& resource_id) const;
    // What is left of one that was being made goes.
    void drop(const std::string& resource_id) const;
    Result<void> remove(const std::string& resource_id) const;
    // A second name for what never changes.
    Result<void> copy(const std::string& resource_id, const std::string& copy) const;
    // What is left of those that were being made goes. The answer is what no record names: it is kept.
    std::set<Path> clean(const std::set<std::string>& known) const;

private:
    Path directory_;
};

}  // namespace countersign::databases::local
