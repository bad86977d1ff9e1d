#include "services/rds/snapshots.h"

#include <fmt/format.h>

#include "base/text.h"
#include "databases/backups.h"
#include "databases/census.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/rds/entities.h"
#include "services/rds/passthrough.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

struct AskedSnapshot {
    std::string id;
    std::vector<model::Tag> tags;
};

Result<AskedSnapshot> asked_snapshot(const SnapshotNoun& noun, const std::string& id,
                                     const std::optional<std::vector<api::Tag>>& tags) {
    return AskedSnapshot{TRY(parse_long_identifier(noun.parameter, id)),
                         TRY(first_tags(tags, std::nullopt, noun.kind))};
}

Error source_unavailable(const SnapshotNoun& noun, std::string_view id) {
    return Error{Fault::conflict,
                 fmt::format("{} {} is not currently in the available state.",
                             noun.of_cluster ? "DB Cluster" : "DB instance", id),
                 noun.source_wrong_state};
}

// Tags of the database go along where it says so; those that are given go before.
void put_tags(model::Snapshot& snapshot, const std::vector<model::Tag>& given, bool copied,
              const std::vector<model::Tag>& of_source) {
    snapshot.tags = given;
    if (!copied) return;
    for (const model::Tag& tag : of_source) {
        const bool known =
            std::ranges::any_of(given, [&](const model::Tag& one) { return one.Key == tag.Key; });
        if (!known) snapshot.tags.push_back(tag);
    }
}

model::Snapshot begun(const Call& call, const Deps& deps, model::Snapshot snapshot) {
    snapshot.resource_id = model::new_resource_id("snap", deps.random);
    snapshot.created = call.now;
    return snapshot;
}

// The source is written again as it is, so that a change of it that came in between loses its race.
template <class Source>
Result<model::Snapshot> put_snapshot(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                                     const store::Stored<Source>& source, const AskedSnapshot& asked) {
    TRY(check_room_for_snapshot(deps.store, call, noun, asked.id));
    model::Snapshot snapshot = snapshot_of(call, deps, source.record);
    snapshot.id = asked.id;
    put_tags(snapshot, asked.tags, source.record.copy_tags_to_snapshot, source.record.tags);
    const std::string key = snapshot_key(noun, snapshot);
    TRY(deps.store.commit({{source.unchanged(), store::absent(key)},
                           {store::put(source.key, source.record), store::put(key, snapshot)}}));
    return snapshot;
}

Result<void> check_instance_has_snapshots(const model::DBInstance& instance) {
    if (!instance.cluster.empty())
        return invalid_value(
            "The specified instance is a member of a cluster and a snapshot cannot be created directly. "
            "Please use the CreateDBClusterSnapshot API instead.");
    if (instance.server && instance.server->attached)
        return invalid_combination("Snapshots are made of databases that Countersign runs itself.");
    if (model::is_replica(instance))
        return Error{Fault::conflict,
                     fmt::format("DB instance {} is a read replica. Make the snapshot of its source, or "
                                 "promote it first.",
                                 instance.id),
                     "InvalidDBInstanceState"};
    if (instance.wish == model::Wish::deleted || instance.status != model::DatabaseStatus::available)
        return source_unavailable(instance_snapshots, instance.id);
    return {};
}

// Nobody may take away what a new database is being made of.
Result<bool> is_being_restored(store::Store& store, const std::string& resource_id) {
    const store::Page page = TRY(store::list_all(store, keys::rds()));
    databases::Census census;
    for (const store::Entry& entry : page.entries) census.set(entry.key, entry.value);
    return census.origins().contains(resource_id);
}

// The record goes first: data without one is nobody's, and told of at the next start.
Result<model::Snapshot> remove_snapshot(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                                        const std::string& given) {
    return store::retry_races([&]() -> Result<model::Snapshot> {
        const auto stored = TRY(find_snapshot(deps.store, call, noun, given));
        const model::Snapshot& snapshot = stored.record;
        if (snapshot.type == model::SnapshotType::automated)
            return Error{Fault::conflict, "Only manual snapshots may be deleted.", noun.wrong_state};
        if (snapshot.status == model::SnapshotStatus::creating)
            return snapshot_in_wrong_state(noun, snapshot);
        if (TRY(is_being_restored(deps.store, snapshot.resource_id)))
            return Error{Fault::conflict, fmt::format("{} {} is being restored.", noun.name, snapshot.id),
                         noun.wrong_state};
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        if (deps.engine != nullptr) static_cast<void>(deps.engine->remove_snapshot(snapshot.resource_id));
        return snapshot;
    });
}

}  // namespace

model::Snapshot snapshot_of(const Call& call, const Deps& deps, const model::DBCluster& cluster) {
    return begun(call, deps, databases::snapshot_of(cluster));
}

model::Snapshot snapshot_of(const Call& call, const Deps& deps, const model::DBInstance& instance) {
    return begun(call, deps, databases::snapshot_of(instance));
}

Result<api::CreateDBSnapshotResult> create_snapshot(const Deps& deps, const Call& call,
                                                    const api::CreateDBSnapshotMessage& input) {
    const AskedSnapshot asked =
        TRY(asked_snapshot(instance_snapshots, *input.DBSnapshotIdentifier, input.Tags));
    return store::retry_races([&]() -> Result<api::CreateDBSnapshotResult> {
        const auto source = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
        TRY(check_instance_has_snapshots(source.record));
        api::CreateDBSnapshotResult answer;
        answer.DBSnapshot =
            to_instance_snapshot(TRY(put_snapshot(deps, call, instance_snapshots, source, asked)));
        return answer;
    });
}

Result<api::CreateDBClusterSnapshotResult> create_cluster_snapshot(
    const Deps& deps, const Call& call, const api::CreateDBClusterSnapshotMessage& input) {
    const AskedSnapshot asked =
        TRY(asked_snapshot(cluster_snapshots, *input.DBClusterSnapshotIdentifier, input.Tags));
    return store::retry_races([&]() -> Result<api::CreateDBClusterSnapshotResult> {
        const auto source = TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
        if (source.record.wish == model::Wish::deleted ||
            source.record.status != model::DatabaseStatus::available)
            return source_unavailable(cluster_snapshots, source.record.id);
        api::CreateDBClusterSnapshotResult answer;
        answer.DBClusterSnapshot =
            to_cluster_snapshot(TRY(put_snapshot(deps, call, cluster_snapshots, source, asked)));
        return answer;
    });
}

Result<api::DeleteDBSnapshotResult> delete_snapshot(const Deps& deps, const Call& call,
                                                    const api::DeleteDBSnapshotMessage& input) {
    api::DeleteDBSnapshotResult answer;
    answer.DBSnapshot = to_instance_snapshot(
        TRY(remove_snapshot(deps, call, instance_snapshots, *input.DBSnapshotIdentifier)));
    answer.DBSnapshot->Status = "deleted";
    return answer;
}

Result<api::DeleteDBClusterSnapshotResult> delete_cluster_snapshot(
    const Deps& deps, const Call& call, const api::DeleteDBClusterSnapshotMessage& input) {
    api::DeleteDBClusterSnapshotResult answer;
    answer.DBClusterSnapshot = to_cluster_snapshot(
        TRY(remove_snapshot(deps, call, cluster_snapshots, *input.DBClusterSnapshotIdentifier)));
    answer.DBClusterSnapshot->Status = "deleted";
    return answer;
}

Result<void> join_snapshot(const Deps& deps, const Call& call, const model::DBInstance& instance,
                           const std::string& id, store::Transaction& change) {
    const AskedSnapshot asked = TRY(asked_snapshot(instance_snapshots, id, std::nullopt));
    TRY(check_room_for_snapshot(deps.store, call, instance_snapshots, asked.id));
    model::Snapshot snapshot = snapshot_of(call, deps, instance);
    snapshot.id = asked.id;
    put_tags(snapshot, asked.tags, instance.copy_tags_to_snapshot, instance.tags);
    const std::string key = snapshot_key(instance_snapshots, snapshot);
    change.guards.push_back(store::absent(key));
    change.writes.push_back(store::put(key, snapshot));
    return {};
}

Result<void> check_final_snapshot(store::Store& store, const Call& call, const SnapshotNoun& noun,
                                  const AskedFinalSnapshot& asked) {
    const bool skip = asked.skip.value_or(false);
    if (!asked.id && !skip)
        return invalid_combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.");
    if (asked.id && skip)
        return invalid_combination(
            "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true.");
    if (!asked.id) return {};
    const std::string id = TRY(parse_long_identifier("FinalDBSnapshotIdentifier", *asked.id));
    return check_room_for_snapshot(store, call, noun, id);
}

void join_final_snapshot(const SnapshotNoun& noun, model::Snapshot snapshot, const std::string& id,
                         store::Transaction& deletion) {
    snapshot.id = lower(id);
    snapshot.before_deletion = true;
    const std::string key = snapshot_key(noun, snapshot);
    deletion.guards.push_back(store::absent(key));
    deletion.writes.push_back(store::put(key, snapshot));
}

}  // namespace countersign::rds
