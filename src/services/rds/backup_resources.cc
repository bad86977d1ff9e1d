// Which ARNs the operations on automated backups need rights on. Where the store does not answer, none: the
// call is refused then.
#include "services/rds/automated_backups.h"
#include "services/rds/entities.h"

namespace countersign::rds {

using gateway::Call;

namespace {

// Of those that are named in one way or another; of all of them where none is.
struct NamedBackups {
    const SnapshotNoun& noun;
    std::optional<std::string> source;
    std::vector<std::string> resource_ids;
};

std::vector<std::string> resources_of(store::Store& store, const Call& call, const NamedBackups& named) {
    const std::string_view kind = named.noun.of_cluster ? cluster_kind : instance_kind;
    std::vector<std::string> arns;
    if (named.source || named.resource_ids.empty()) arns = resource_of(call, kind, named.source);
    for (const std::string& id : named.resource_ids)
        if (!add_backed_up(arns, store, call, named.noun, id)) return {};
    return arns;
}

// By the resource id and by the ARN, as far as they are given.
std::vector<std::string> named_by(const Call& call, const std::optional<std::string>& resource_id,
                                  const std::optional<std::string>& arn) {
    std::vector<std::string> named;
    if (resource_id) named.push_back(resource_id_of(instance_snapshots, *resource_id));
    if (arn) named.push_back(resource_id_of_backup(call, instance_snapshots, *arn));
    return named;
}

}  // namespace

gateway::Resources<api::ops::DescribeDBClusterAutomatedBackups> described_cluster_backups(const Deps& deps) {
    return
        [&store = deps.store](const Call& call, const api::DescribeDBClusterAutomatedBackupsMessage& input) {
            NamedBackups named{cluster_snapshots, input.DBClusterIdentifier, {}};
            if (input.DbClusterResourceId)
                named.resource_ids = {resource_id_of(cluster_snapshots, *input.DbClusterResourceId)};
            return resources_of(store, call, named);
        };
}

gateway::Resources<api::ops::DescribeDBInstanceAutomatedBackups> described_instance_backups(
    const Deps& deps) {
    return
        [&store = deps.store](const Call& call, const api::DescribeDBInstanceAutomatedBackupsMessage& input) {
            return resources_of(store, call,
                                {instance_snapshots, input.DBInstanceIdentifier,
                                 named_by(call, input.DbiResourceId, input.DBInstanceAutomatedBackupsArn)});
        };
}

gateway::Resources<api::ops::DeleteDBClusterAutomatedBackup> deleted_cluster_backup(const Deps& deps) {
    return [&store = deps.store](const Call& call, const api::DeleteDBClusterAutomatedBackupMessage& input) {
        return resources_of(
            store, call,
            {cluster_snapshots, {}, {resource_id_of(cluster_snapshots, *input.DbClusterResourceId)}});
    };
}

gateway::Resources<api::ops::DeleteDBInstanceAutomatedBackup> deleted_instance_backup(const Deps& deps) {
    return [&store = deps.store](const Call& call, const api::DeleteDBInstanceAutomatedBackupMessage& input) {
        return resources_of(store, call,
                            {instance_snapshots,
                             {},
                             named_by(call, input.DbiResourceId, input.DBInstanceAutomatedBackupsArn)});
    };
}

}  // namespace countersign::rds
