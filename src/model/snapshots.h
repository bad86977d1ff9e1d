// Snapshots of clusters and of instances of their own, as they lie in the store. `status` and what stands
// under "seen" is written by the reconciler; all else by the API.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"
#include "model/rds.h"

namespace countersign::model {

enum class SnapshotStatus { creating, available, failed };
BOOST_DESCRIBE_ENUM(SnapshotStatus, creating, available, failed)

enum class SnapshotType { manual, automated };
BOOST_DESCRIBE_ENUM(SnapshotType, manual, automated)

struct Snapshot {
    std::string id;  // as its owner named it
    std::string account;
    std::string region;
    bool of_cluster = false;
    std::string resource_id;  // snap-…: names its file
    SnapshotType type = SnapshotType::manual;
    SnapshotStatus status = SnapshotStatus::creating;
    std::string source;          // id of the cluster or instance
    Server server;               // as it was; the verifier is sealed for its resource id
    PassthroughAttributes kept;  // likewise
    Instant source_created;
    bool before_deletion = false;  // its database is deleted once it is available, and kept if it fails
    std::string copied_from;       // ARN; empty for one that is no copy
    std::vector<std::string> shared_with;  // accounts, or "all"
    std::vector<Tag> tags;
    Instant created;  // when it was begun
    // seen
    std::optional<Instant> finished;  // its data can be restored to any later time
    bool accounts = false;            // the master user and its database have been made in it
    int percent = 0;
    std::uint64_t bytes = 0;  // of its file
    std::string failure;      // why it failed
};
BOOST_DESCRIBE_STRUCT(Snapshot, (),
                      (id, account, region, of_cluster, resource_id, type, status, source, server, kept,
                       source_created, before_deletion, copied_from, shared_with, tags, created, finished,
                       accounts, percent, bytes, failure))

}  // namespace countersign::model
