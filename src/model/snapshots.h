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

// What stays of a database that is deleted, beside its automated snapshots and its WAL, so that it can be
// restored to a point in time. Put by the reconciler when its database goes; nothing secret is in it.
struct RetainedBackup {
    std::string id;  // of the database, as it was named at last
    std::string account;
    std::string region;
    bool of_cluster = false;
    std::string resource_id;  // of the database
    std::string home;         // where its data was: its WAL is known by this
    std::string engine;
    std::string engine_version;
    std::string database_name;
    std::string master_username;
    std::uint16_t port = 0;
    bool iam_enabled = false;
    std::string backup_window;
    PassthroughAttributes kept;  // what a restored database has of it, where nothing else is asked for
    std::vector<Tag> tags;
    Instant created;  // the database
    Instant deleted;
    bool ending = false;  // it is being taken away, and nothing is restored from it any more
};
BOOST_DESCRIBE_STRUCT(RetainedBackup, (),
                      (id, account, region, of_cluster, resource_id, home, engine, engine_version,
                       database_name, master_username, port, iam_enabled, backup_window, kept, tags, created,
                       deleted, ending))

}  // namespace countersign::model
