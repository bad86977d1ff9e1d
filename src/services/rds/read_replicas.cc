#include "services/rds/read_replicas.h"

#include <fmt/format.h>

#include "databases/versions.h"
#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/instances.h"
#include "services/rds/passthrough.h"
#include "services/rds/quotas.h"
#include "services/rds/restored_input.h"
#include "services/rds/servers.h"
#include "services/rds/validation.h"
#include "services/rds/windows.h"

namespace countersign::rds {

using gateway::Call;
using NewReplica = api::CreateDBInstanceReadReplicaMessage;

const gateway::Supported create_replica_parameters{{
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "AvailabilityZone",
    "BackupTarget",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBInstanceIdentifier",
    "DBParameterGroupName",
    "DBSubnetGroupName",
    "DatabaseInsightsMode",
    "DedicatedLogVolume",
    "DeletionProtection",
    "Domain",
    "DomainAuthSecretArn",
    "DomainDnsIps",
    "DomainFqdn",
    "DomainIAMRoleName",
    "DomainOu",
    "EnableCloudwatchLogsExports",
    "EnableCustomerOwnedIp",
    "EnableIAMDatabaseAuthentication",
    "EnablePerformanceInsights",
    "Iops",
    "KmsKeyId",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "MultiAZ",
    "NetworkType",
    "OptionGroupName",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "Port",
    "PubliclyAccessible",
    "SourceDBInstanceIdentifier",
    "StorageThroughput",
    "StorageType",
    "TagSpecifications",
    "Tags",
    "VpcSecurityGroupIds",
}};

namespace {

using StoredInstance = store::Stored<model::DBInstance>;

Error wrong_state(std::string message) {
    return Error{Fault::conflict, std::move(message), "InvalidDBInstanceState"};
}

Error not_available(const model::DBInstance& instance) {
    return wrong_state(fmt::format("DB instance {} is not currently in the available state.", instance.id));
}

bool is_available(const model::DBInstance& instance) {
    return instance.wish == model::Wish::available && instance.status == model::DatabaseStatus::available;
}

// That is enough to become a database of its own, also where it has nothing to follow any more.
bool has_data(const model::DBInstance& replica) {
    return replica.wish == model::Wish::available && replica.server->created && !replica.renewing;
}

// Those that are being deleted, too.
Result<std::vector<StoredInstance>> replicas_of(store::Store& store, const model::DBInstance& source) {
    std::vector<StoredInstance> replicas;
    if (!source.server || source.server->membership.replication_password.empty()) return replicas;
    for (StoredInstance& one : TRY(store::load_all<model::DBInstance>(
             store, model::keys::instances(source.account, source.region))))
        if (model::is_replica(one.record) && one.record.server->source == source.resource_id)
            replicas.push_back(std::move(one));
    return replicas;
}

Result<void> check_can_be_followed(const model::DBInstance& source) {
    if (!source.server)
        return wrong_state(
            fmt::format("DB instance {} is a member of a DB cluster. A reader of the cluster is made by "
                        "CreateDBInstance.",
                        source.id));
    if (source.server->attached)
        return wrong_state(fmt::format("The DB instance {} is attached: its owner runs it.", source.id));
    if (model::is_replica(source))
        return wrong_state(
            fmt::format("The DB instance {} is a read replica itself. Name its source.", source.id));
    if (!source.server->pending.engine_version.empty())
        return wrong_state(fmt::format("The DB instance {} is to be upgraded to {} first.", source.id,
                                       source.server->pending.engine_version));
    return is_available(source) ? Result<void>() : not_available(source);
}

// What is the same for any new instance.
void carry_given(api::CreateDBInstanceMessage& fresh, const NewReplica& input) {
    fresh.DBInstanceIdentifier = input.DBInstanceIdentifier;
    fresh.AvailabilityZone = input.AvailabilityZone;
    fresh.Port = input.Port;
    fresh.MultiAZ = input.MultiAZ;
    fresh.AutoMinorVersionUpgrade = input.AutoMinorVersionUpgrade;
    fresh.OptionGroupName = input.OptionGroupName;
    fresh.PubliclyAccessible = input.PubliclyAccessible;
    fresh.Tags = input.Tags;
    fresh.TagSpecifications = input.TagSpecifications;
    fresh.VpcSecurityGroupIds = input.VpcSecurityGroupIds;
    fresh.CopyTagsToSnapshot = input.CopyTagsToSnapshot;
    fresh.MonitoringInterval = input.MonitoringInterval;
    fresh.MonitoringRoleArn = input.MonitoringRoleArn;
    fresh.DatabaseInsightsMode = input.DatabaseInsightsMode;
    fresh.EnablePerformanceInsights = input.EnablePerformanceInsights;
    fresh.PerformanceInsightsKMSKeyId = input.PerformanceInsightsKMSKeyId;
    fresh.PerformanceInsightsRetentionPeriod = input.PerformanceInsightsRetentionPeriod;
    fresh.EnableCloudwatchLogsExports = input.EnableCloudwatchLogsExports;
    fresh.DeletionProtection = input.DeletionProtection;
    fresh.Domain = input.Domain;
    fresh.DomainAuthSecretArn = input.DomainAuthSecretArn;
    fresh.DomainDnsIps = input.DomainDnsIps;
    fresh.DomainFqdn = input.DomainFqdn;
    fresh.DomainIAMRoleName = input.DomainIAMRoleName;
    fresh.DomainOu = input.DomainOu;
    fresh.NetworkType = input.NetworkType;
    fresh.MaxAllocatedStorage = input.MaxAllocatedStorage;
    fresh.BackupTarget = input.BackupTarget;
    fresh.CACertificateIdentifier = input.CACertificateIdentifier;
    fresh.DedicatedLogVolume = input.DedicatedLogVolume;
    fresh.EnableCustomerOwnedIp = input.EnableCustomerOwnedIp;
}

api::CreateDBInstanceMessage as_new_instance(const NewReplica& input, const model::DBInstance& source) {
    api::CreateDBInstanceMessage fresh;
    carry_given(fresh, input);
    fresh.DBInstanceClass = first_of(input.DBInstanceClass, std::optional(source.instance_class));
    fresh.Engine = source.server->engine;
    if (const auto version = databases::parse_engine_version(source.server->engine_version))
        fresh.EngineVersion = std::to_string(version->major);
    fresh.MasterUsername = source.server->master_username;
    fresh.BackupRetentionPeriod = 0;
    fresh.EnableIAMDatabaseAuthentication = input.EnableIAMDatabaseAuthentication.value_or(false);
    const auto unless_default = [](const std::string& name) {
        return name.empty() ? std::nullopt : std::optional(name);
    };
    fresh.DBParameterGroupName = first_of(input.DBParameterGroupName, unless_default(source.parameter_group));
    fresh.DBSubnetGroupName = first_of(input.DBSubnetGroupName, unless_default(source.subnet_group));
    fresh.AllocatedStorage = first_of(input.AllocatedStorage, echoed_number(source.kept, "AllocatedStorage"));
    fresh.StorageType = first_of(input.StorageType, echoed_text(source.kept, "StorageType"));
    fresh.Iops = first_of(input.Iops, echoed_number(source.kept, "Iops"));
    fresh.StorageThroughput =
        first_of(input.StorageThroughput, echoed_number(source.kept, "StorageThroughput"));
    fresh.StorageEncrypted = echoed_flag(source.kept, "StorageEncrypted");
    fresh.KmsKeyId = echoed_text(source.kept, "KmsKeyId");
    return fresh;
}

}  // namespace

std::vector<std::string> created_replica(const Call& call, const NewReplica& input) {
    std::vector<std::string> arns = resource_of(call, instance_kind, input.DBInstanceIdentifier);
    for (std::string& arn : resource_of(call, instance_kind, input.SourceDBInstanceIdentifier))
        arns.push_back(std::move(arn));
    add_subnet_group(arns, call, input.DBSubnetGroupName);
    if (input.DBParameterGroupName)
        arns.push_back(resource_of(call, parameter_group_kind, input.DBParameterGroupName).front());
    return arns;
}

Result<api::CreateDBInstanceReadReplicaResult> create_replica(const Deps& deps, const Call& call,
                                                              const NewReplica& input) {
    if (!input.SourceDBInstanceIdentifier) return missing("SourceDBInstanceIdentifier");
    const StoredInstance source = TRY(find_instance(deps.store, call, *input.SourceDBInstanceIdentifier));
    TRY(check_can_be_followed(source.record));
    api::CreateDBInstanceReadReplicaResult answer;
    answer.DBInstance =
        TRY(make_instance(deps, call, as_new_instance(input, source.record), {nullptr, &source.record}));
    return answer;
}

// The databases see to it: what follows nobody any more is promoted.
Result<api::PromoteReadReplicaResult> promote_replica(const Deps& deps, const Call& call,
                                                      const api::PromoteReadReplicaMessage& input) {
    TRY(check_retention(input.BackupRetentionPeriod, instance_retention));
    return store::retry_races([&]() -> Result<api::PromoteReadReplicaResult> {
        StoredInstance stored = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
        model::DBInstance& instance = stored.record;
        if (!model::is_replica(instance))
            return wrong_state(fmt::format("DB instance {} is not a read replica.", instance.id));
        if (!has_data(instance)) return not_available(instance);
        Windows windows = TRY(changed_windows({instance.backup_window, instance.maintenance_window},
                                              input.PreferredBackupWindow, std::nullopt));
        instance.backup_window = std::move(windows.backup);
        instance.kept["BackupRetentionPeriod"] = std::to_string(input.BackupRetentionPeriod.value_or(1));
        instance.server->source.clear();
        instance.status = model::DatabaseStatus::modifying;
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, instance)}}));
        api::PromoteReadReplicaResult answer;
        answer.DBInstance = TRY(describe(deps.store, call, instance));
        return answer;
    });
}

Result<void> refuse_of_replica(const model::DBInstance& instance, const api::ModifyDBInstanceMessage& input) {
    if (!model::is_replica(instance)) return {};
    struct Part {
        bool given;
        std::string_view name;
    };
    const Part parts[] = {{input.MasterUserPassword || input.ManageMasterUserPassword ||
                               input.RotateMasterUserPassword || input.MasterUserSecretKmsKeyId,
                           "the master user password"},
                          {input.EngineVersion.has_value(), "the engine version"},
                          {input.BackupRetentionPeriod.value_or(0) != 0, "the backup retention period"}};
    for (const Part& part : parts)
        if (part.given)
            return invalid_combination(fmt::format(
                "You can't modify {} of a read replica: it is its source's. Promote it first.", part.name));
    return {};
}

Result<void> check_has_no_replicas(store::Store& store, const model::DBInstance& instance,
                                   std::string_view before) {
    const std::vector<StoredInstance> replicas = TRY(replicas_of(store, instance));
    if (replicas.empty()) return {};
    return wrong_state(
        fmt::format("DB instance {} has the read replica {}. Promote or delete its read replicas before {}.",
                    instance.id, replicas.front().record.id, before));
}

Result<void> check_stops_alone(store::Store& store, const model::DBInstance& instance) {
    if (model::is_replica(instance))
        return wrong_state(
            fmt::format("DB instance {} is a read replica, which cannot be stopped.", instance.id));
    return check_has_no_replicas(store, instance, "it is stopped");
}

Result<void> join_source(const Deps& deps, const Call& call, const model::DBInstance& source,
                         store::Transaction& creation) {
    StoredInstance stored = TRY(find_instance(deps.store, call, source.id));
    if (stored.record.resource_id != source.resource_id) return instance_not_found(source.id);
    TRY(check_can_be_followed(stored.record));
    const std::vector<StoredInstance> replicas = TRY(replicas_of(deps.store, stored.record));
    if (replicas.size() >= most(deps, model::quota::read_replicas))
        return Error{Fault::conflict,
                     fmt::format("DB instance {} cannot have more read replicas.", stored.record.id),
                     "InstanceQuotaExceeded"};
    model::Server& server = *stored.record.server;
    if (replicas.empty())
        server.membership.replication_password = new_replication_password(deps, server.resource_id);
    creation.guards.push_back(stored.unchanged());
    creation.writes.push_back(store::put(stored.key, stored.record));
    return {};
}

Result<void> detach_replicas(const Deps& deps, const model::DBInstance& source,
                             store::Transaction& deletion) {
    for (StoredInstance& replica : TRY(replicas_of(deps.store, source))) {
        if (replica.record.wish == model::Wish::available && !has_data(replica.record))
            return wrong_state(
                fmt::format("The data of DB instance {} is being copied for its read replica "
                            "{}. Wait until that is available, or delete it first.",
                            source.id, replica.record.id));
        deletion.guards.push_back(replica.unchanged());
        replica.record.server->source.clear();
        if (replica.record.status == model::DatabaseStatus::available)
            replica.record.status = model::DatabaseStatus::modifying;
        deletion.writes.push_back(store::put(replica.key, replica.record));
    }
    return {};
}

Result<void> put_replication(store::Store& store, const model::DBInstance& instance,
                             api::DBInstance& answer) {
    for (const StoredInstance& replica : TRY(replicas_of(store, instance)))
        answer.ReadReplicaDBInstanceIdentifiers.push_back(replica.record.id);
    if (!model::is_replica(instance)) return {};
    for (const StoredInstance& other : TRY(store::load_all<model::DBInstance>(
             store, model::keys::instances(instance.account, instance.region))))
        if (other.record.resource_id == instance.server->source)
            answer.ReadReplicaSourceDBInstanceIdentifier = other.record.id;
    api::DBInstanceStatusInfo& status = answer.StatusInfos.emplace_back();
    status.StatusType = "read replication";
    status.Normal = is_available(instance) && !instance.renewing;
    const bool has_failed = instance.status == model::DatabaseStatus::failed;
    status.Status = *status.Normal ? "replicating" : has_failed ? "error" : "stopped";
    return {};
}

}  // namespace countersign::rds
