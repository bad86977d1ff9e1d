// Copies of snapshots: other records of the same data.
#include <algorithm>

#include "model/ids.h"
#include "services/rds/passthrough.h"
#include "services/rds/snapshots.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

namespace {

struct AskedCopy {
    std::string source;
    std::string id;
    std::vector<model::Tag> tags;
    bool with_tags = false;
    std::optional<std::string> key;
};

Result<model::Snapshot> copied(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                               const AskedCopy& asked) {
    const auto source = TRY(find_usable_snapshot(deps.store, call, noun, asked.source));
    if (source.record.status != model::SnapshotStatus::available)
        return snapshot_in_wrong_state(noun, source.record);
    TRY(check_room_for_snapshot(deps.store, call, noun, asked.id));
    model::Snapshot copy = source.record;
    copy.id = asked.id;
    copy.account = call.account();
    copy.region = call.region;
    copy.resource_id = model::new_resource_id("snap", deps.random);
    copy.type = model::SnapshotType::manual;
    copy.copied_from = arn_of(source.record);
    copy.shared_with.clear();
    copy.created = call.now;
    copy.before_deletion = false;
    copy.tags = asked.with_tags ? source.record.tags : std::vector<model::Tag>();
    std::ranges::copy(asked.tags, std::back_inserter(copy.tags));
    echo_attribute(copy.kept, "KmsKeyId", asked.key);
    if (deps.engine != nullptr) TRY(deps.engine->copy_snapshot(source.record.resource_id, copy.resource_id));
    const std::string key = snapshot_key(noun, copy);
    const auto done = deps.store.commit({{store::absent(key), source.unchanged()}, {store::put(key, copy)}});
    if (done) return copy;
    if (deps.engine != nullptr) static_cast<void>(deps.engine->remove_snapshot(copy.resource_id));
    return done.error();
}

Result<model::Snapshot> copy(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                             const AskedCopy& asked) {
    return store::retry_races([&] { return copied(deps, call, noun, asked); });
}

}  // namespace

Result<api::CopyDBSnapshotResult> copy_snapshot(const Deps& deps, const Call& call,
                                                const api::CopyDBSnapshotMessage& input) {
    const AskedCopy asked{
        *input.SourceDBSnapshotIdentifier,
        TRY(parse_long_identifier("TargetDBSnapshotIdentifier", *input.TargetDBSnapshotIdentifier)),
        TRY(first_tags(input.Tags, input.TagSpecifications, snapshot_kind)), input.CopyTags.value_or(false),
        input.KmsKeyId};
    api::CopyDBSnapshotResult answer;
    answer.DBSnapshot = to_instance_snapshot(TRY(copy(deps, call, instance_snapshots, asked)));
    return answer;
}

Result<api::CopyDBClusterSnapshotResult> copy_cluster_snapshot(
    const Deps& deps, const Call& call, const api::CopyDBClusterSnapshotMessage& input) {
    const AskedCopy asked{*input.SourceDBClusterSnapshotIdentifier,
                          TRY(parse_long_identifier("TargetDBClusterSnapshotIdentifier",
                                                    *input.TargetDBClusterSnapshotIdentifier)),
                          TRY(first_tags(input.Tags, std::nullopt, cluster_snapshot_kind)),
                          input.CopyTags.value_or(false), input.KmsKeyId};
    api::CopyDBClusterSnapshotResult answer;
    answer.DBClusterSnapshot = to_cluster_snapshot(TRY(copy(deps, call, cluster_snapshots, asked)));
    return answer;
}

}  // namespace countersign::rds
