#include "services/rds/snapshot_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/passthrough.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

const SnapshotNoun instance_snapshots{.of_cluster = false,
                                      .kind = snapshot_kind,
                                      .name = "DBSnapshot",
                                      .parameter = "DBSnapshotIdentifier",
                                      .not_found = "DBSnapshotNotFound",
                                      .exists = "DBSnapshotAlreadyExists",
                                      .wrong_state = "InvalidDBSnapshotState",
                                      .source_wrong_state = "InvalidDBInstanceState"};
const SnapshotNoun cluster_snapshots{.of_cluster = true,
                                     .kind = cluster_snapshot_kind,
                                     .name = "DBClusterSnapshot",
                                     .parameter = "DBClusterSnapshotIdentifier",
                                     .not_found = "DBClusterSnapshotNotFoundFault",
                                     .exists = "DBClusterSnapshotAlreadyExistsFault",
                                     .wrong_state = "InvalidDBClusterSnapshotStateFault",
                                     .source_wrong_state = "InvalidDBClusterStateFault"};

namespace {

constexpr std::size_t snapshots_max = 100;  // RDS's quota of manual ones in a region
constexpr std::int64_t storage_gib_default = 20;

Error not_found(const SnapshotNoun& noun, std::string_view given) {
    return Error{Fault::not_found, fmt::format("{} {} not found.", noun.name, given), noun.not_found};
}

std::string_view status_of(model::SnapshotStatus status) {
    switch (status) {
        case model::SnapshotStatus::creating:
            return "creating";
        case model::SnapshotStatus::available:
            return "available";
        case model::SnapshotStatus::failed:
            return "failed";
    }
    return "failed";
}

bool is_shared_with(const model::Snapshot& snapshot, const std::string& account) {
    return std::ranges::count(snapshot.shared_with, account) > 0 ||
           std::ranges::count(snapshot.shared_with, "all") > 0;
}

// What both show alike.
template <class Answer>
void put_common(Answer& answer, const model::Snapshot& snapshot) {
    answer.SnapshotCreateTime = snapshot.created;
    answer.Engine = snapshot.server.engine;
    answer.EngineVersion = snapshot.server.engine_version;
    answer.Status = status_of(snapshot.status);
    answer.SnapshotType = text_of(snapshot.type);
    answer.Port = snapshot.server.port;
    answer.MasterUsername = snapshot.server.master_username;
    answer.LicenseModel = "postgresql-license";
    answer.PercentProgress = snapshot.percent;
    answer.IAMDatabaseAuthenticationEnabled = snapshot.server.iam_enabled;
    answer.KmsKeyId = echoed_text(snapshot.kept, "KmsKeyId");
    answer.TagList = to_api(snapshot.tags);
}

}  // namespace

std::string_view text_of(model::SnapshotType type) {
    return type == model::SnapshotType::manual ? "manual" : "automated";
}

std::string snapshots_place(const SnapshotNoun& noun, std::string_view account, std::string_view region) {
    return noun.of_cluster ? keys::cluster_snapshots(account, region) : keys::snapshots(account, region);
}

std::string snapshot_key(const SnapshotNoun& noun, const model::Snapshot& snapshot) {
    return snapshots_place(noun, snapshot.account, snapshot.region) + snapshot.id;
}

Result<store::Stored<model::Snapshot>> find_snapshot(store::Store& store, const Call& call,
                                                     const SnapshotNoun& noun, std::string_view given) {
    const std::string name = name_of(call, noun.kind, given);
    if (name.empty() || name.size() > 255) return not_found(noun, given);
    auto stored =
        TRY(store::load<model::Snapshot>(store, snapshots_place(noun, call.account(), call.region) + name));
    if (!stored) return not_found(noun, given);
    return *std::move(stored);
}

Result<store::Stored<model::Snapshot>> find_usable_snapshot(store::Store& store, const Call& call,
                                                            const SnapshotNoun& noun,
                                                            std::string_view given) {
    const std::optional<model::Arn> arn = model::parse_arn(given);
    if (!arn) return find_snapshot(store, call, noun, given);
    const std::string prefix = fmt::format("{}:", noun.kind);
    if (arn->service != "rds" || !arn->resource.starts_with(prefix)) return not_found(noun, given);
    const std::string name = lower(arn->resource.substr(prefix.size()));
    auto stored =
        TRY(store::load<model::Snapshot>(store, snapshots_place(noun, arn->account, arn->region) + name));
    if (!stored || arn_of(stored->record) != given) return not_found(noun, given);
    if (arn->account != call.account() && !is_shared_with(stored->record, call.account()))
        return not_found(noun, given);
    return *std::move(stored);
}

RestoreSource restore_source_of(const model::Snapshot& snapshot) {
    return {snapshot, {.snapshot = snapshot.resource_id, .accounts = snapshot.accounts}};
}

Result<void> join_origin(store::Store& store, const RestoreSource& restored, store::Transaction& creation) {
    const model::Snapshot& snapshot = restored.snapshot;
    const SnapshotNoun& noun = snapshot.of_cluster ? cluster_snapshots : instance_snapshots;
    const auto stored = TRY(store::load<model::Snapshot>(store, snapshot_key(noun, snapshot)));
    if (!stored || stored->record.resource_id != snapshot.resource_id) return not_found(noun, snapshot.id);
    if (stored->record.status != model::SnapshotStatus::available)
        return snapshot_in_wrong_state(noun, stored->record);
    creation.guards.push_back(stored->unchanged());
    creation.writes.push_back(store::put(stored->key, stored->record));
    if (restored.retained.empty()) return {};
    const auto retained = TRY(store::load<model::RetainedBackup>(store, restored.retained));
    if (!retained || retained->record.ending) return not_found(noun, snapshot.id);
    creation.guards.push_back(retained->unchanged());
    creation.writes.push_back(store::put(retained->key, retained->record));
    return {};
}

Error snapshot_in_wrong_state(const SnapshotNoun& noun, const model::Snapshot& snapshot) {
    return Error{Fault::conflict,
                 fmt::format("{} {} is not currently in the available state.", noun.name, snapshot.id),
                 noun.wrong_state};
}

Result<void> check_room_for_snapshot(store::Store& store, const Call& call, const SnapshotNoun& noun,
                                     const std::string& id) {
    const auto all =
        TRY(store::load_all<model::Snapshot>(store, snapshots_place(noun, call.account(), call.region)));
    std::size_t manual = 0;
    for (const store::Stored<model::Snapshot>& one : all) {
        if (one.record.id == id)
            return Error{Fault::exists,
                         fmt::format("Cannot create the snapshot because a snapshot with the identifier {} "
                                     "already exists.",
                                     id),
                         noun.exists};
        if (one.record.type == model::SnapshotType::manual) ++manual;
    }
    if (manual >= snapshots_max)
        return Error{Fault::conflict, "Cannot create more than 100 manual snapshots",
                     "SnapshotQuotaExceeded"};
    return {};
}

std::string arn_of(const model::Snapshot& snapshot) {
    const std::string_view kind = snapshot.of_cluster ? cluster_snapshot_kind : snapshot_kind;
    return model::Arn{std::string(model::partition_of(snapshot.region)), "rds", snapshot.region,
                      snapshot.account, fmt::format("{}:{}", kind, snapshot.id)}
        .text();
}

api::DBSnapshot to_instance_snapshot(const model::Snapshot& snapshot) {
    api::DBSnapshot answer;
    put_common(answer, snapshot);
    answer.DBSnapshotIdentifier = snapshot.id;
    answer.DBInstanceIdentifier = snapshot.source;
    answer.DBSnapshotArn = arn_of(snapshot);
    answer.InstanceCreateTime = snapshot.source_created;
    answer.OriginalSnapshotCreateTime = snapshot.created;
    answer.DbiResourceId = snapshot.server.resource_id;
    answer.Encrypted = echoed_flag(snapshot.kept, "StorageEncrypted").value_or(false);
    answer.AllocatedStorage = echoed_number(snapshot.kept, "AllocatedStorage").value_or(storage_gib_default);
    answer.StorageType = echoed_text(snapshot.kept, "StorageType").value_or("gp2");
    answer.Iops = echoed_number(snapshot.kept, "Iops");
    answer.StorageThroughput = echoed_number(snapshot.kept, "StorageThroughput");
    answer.AvailabilityZone =
        echoed_text(snapshot.kept, "AvailabilityZone").value_or(zones_of(snapshot.region).front());
    answer.SnapshotTarget = "region";
    answer.DedicatedLogVolume = false;
    answer.FullSnapshotSizeInBytes = static_cast<std::int64_t>(snapshot.bytes);
    if (!snapshot.copied_from.empty()) {
        answer.SourceDBSnapshotIdentifier = snapshot.copied_from;
        const std::optional<model::Arn> source = model::parse_arn(snapshot.copied_from);
        if (source) answer.SourceRegion = source->region;
    }
    return answer;
}

api::DBClusterSnapshot to_cluster_snapshot(const model::Snapshot& snapshot) {
    api::DBClusterSnapshot answer;
    put_common(answer, snapshot);
    answer.DBClusterSnapshotIdentifier = snapshot.id;
    answer.DBClusterIdentifier = snapshot.source;
    answer.DBClusterSnapshotArn = arn_of(snapshot);
    answer.ClusterCreateTime = snapshot.source_created;
    answer.DbClusterResourceId = snapshot.server.resource_id;
    answer.StorageEncrypted = echoed_flag(snapshot.kept, "StorageEncrypted").value_or(false);
    answer.AllocatedStorage = 0;
    answer.StorageType = echoed_text(snapshot.kept, "StorageType").value_or("aurora");
    answer.EngineMode = "provisioned";
    const std::vector<std::string> given = echoed_list(snapshot.kept, "AvailabilityZones");
    answer.AvailabilityZones = given.empty() ? zones_of(snapshot.region) : given;
    if (!snapshot.copied_from.empty()) answer.SourceDBClusterSnapshotArn = snapshot.copied_from;
    return answer;
}

}  // namespace countersign::rds
