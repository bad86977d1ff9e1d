#include <fmt/format.h>

#include <algorithm>

#include "model/ids.h"
#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/instances.h"
#include "services/rds/master_password.h"
#include "services/rds/members.h"
#include "services/rds/networks.h"
#include "services/rds/passthrough.h"
#include "services/rds/quotas.h"
#include "services/rds/read_replicas.h"
#include "services/rds/servers.h"
#include "services/rds/snapshot_records.h"
#include "services/rds/storage_rules.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"
#include "services/rds/windows.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;
using NewInstance = api::CreateDBInstanceMessage;

const gateway::Supported create_instance_parameters{{
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "AvailabilityZone",
    "BackupRetentionPeriod",
    "BackupTarget",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBClusterIdentifier",
    "DBInstanceClass",
    "DBInstanceIdentifier",
    "DBName",
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
    "Engine",
    "EngineLifecycleSupport",
    "EngineVersion",
    "Iops",
    "KmsKeyId",
    "LicenseModel",
    "ManageMasterUserPassword",
    "MasterUserAuthenticationType",
    "MasterUserPassword",
    "MasterUserSecretKmsKeyId",
    "MasterUsername",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "MultiAZ",
    "MultiTenant",
    "NetworkType",
    "OptionGroupName",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "Port",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "PromotionTier",
    "PubliclyAccessible",
    "StorageEncrypted",
    "StorageThroughput",
    "StorageType",
    "TagSpecifications",
    "Tags",
    "VpcSecurityGroupIds",
}};

namespace {

Result<void> check_features_of_new_instance(const NewInstance& input) {
    TRY(refuse_switched_on({{"MultiTenant", input.MultiTenant},
                            {"DedicatedLogVolume", input.DedicatedLogVolume},
                            {"EnableCustomerOwnedIp", input.EnableCustomerOwnedIp}}));
    if (input.LicenseModel.value_or("postgresql-license") != "postgresql-license")
        return invalid_combination(fmt::format(
            "Invalid license model '{}' for engine '{}'. Valid license models are: postgresql-license.",
            *input.LicenseModel, *input.Engine));
    TRY(check_monitoring(input.MonitoringInterval, input.MonitoringRoleArn));
    TRY(check_authentication_type(input.MasterUserAuthenticationType));
    TRY(check_option_group(input.OptionGroupName));
    TRY(check_insights_retention(input.PerformanceInsightsRetentionPeriod));
    return check_certificate_authority(input.CACertificateIdentifier);
}

// Of gp2 with provisioned IOPS RDS makes io1.
std::optional<std::string> storage_type_of(const NewInstance& input) {
    const bool is_general = input.StorageType.value_or("gp2") == "gp2";
    return is_general && input.Iops.value_or(0) != 0 ? "io1" : input.StorageType;
}

Storage storage_of(const NewInstance& input) {
    return {storage_type_of(input), input.AllocatedStorage, input.MaxAllocatedStorage, input.Iops,
            input.StorageThroughput};
}

model::PassthroughAttributes kept_of_instance(const Call& call, const NewInstance& input) {
    model::PassthroughAttributes kept;
    echo_of_any_instance(kept, input);
    echo_encryption(kept, call, {input.StorageEncrypted, input.KmsKeyId});
    echo_attribute(kept, "AvailabilityZone", input.AvailabilityZone);
    echo_attribute(kept, "BackupTarget", input.BackupTarget);
    echo_attribute(kept, "StorageType", storage_type_of(input));
    return kept;
}

Result<void> put_windows(model::DBInstance& instance, const NewInstance& input) {
    if (input.DBClusterIdentifier) {
        instance.maintenance_window = TRY(member_window(input.PreferredMaintenanceWindow));
        return {};
    }
    Windows windows = TRY(new_windows(input.PreferredBackupWindow, input.PreferredMaintenanceWindow));
    instance.backup_window = std::move(windows.backup);
    instance.maintenance_window = std::move(windows.maintenance);
    return {};
}

// Everything of the record that does not depend on what else there is.
Result<model::DBInstance> described_instance(const Deps& deps, const Call& call, const NewInstance& input) {
    model::DBInstance instance;
    instance.id = TRY(parse_identifier("DBInstanceIdentifier", *input.DBInstanceIdentifier));
    TRY(check_instance_class(*input.DBInstanceClass));
    TRY(check_range("PromotionTier", input.PromotionTier, promotion_tiers));
    TRY(check_retention(input.BackupRetentionPeriod, instance_retention));
    instance.account = call.account();
    instance.region = call.region;
    instance.resource_id = model::new_resource_id("db", deps.random);
    instance.status = model::DatabaseStatus::creating;
    instance.created = call.now;
    instance.instance_class = *input.DBInstanceClass;
    instance.deletion_protection = input.DeletionProtection.value_or(false);
    instance.publicly_accessible = input.PubliclyAccessible.value_or(false);
    instance.copy_tags_to_snapshot = input.CopyTagsToSnapshot.value_or(false);
    const std::vector<std::string> none;
    instance.log_exports = changed_exports({}, input.EnableCloudwatchLogsExports.value_or(none), {});
    TRY(check_log_types(*input.Engine, instance.log_exports));
    instance.kept = kept_of_instance(call, input);
    TRY(put_windows(instance, input));
    instance.tags = TRY(first_tags(input.Tags, input.TagSpecifications, instance_kind));
    return instance;
}

Result<void> check_room_for_instance(const Deps& deps, const Call& call, const std::string& id) {
    const auto instances = TRY(all_instances(deps.store, call));
    for (const auto& instance : instances)
        if (instance.record.id == id)
            return Error{Fault::exists, "DB instance already exists", "DBInstanceAlreadyExists"};
    if (instances.size() >= most(deps, model::quota::instances))
        return Error{Fault::conflict, "DB Instance quota exceeded", "InstanceQuotaExceeded"};
    return {};
}

// What belongs to the cluster cannot be given for one of its instances.
Result<void> refuse_new_members_own(const NewInstance& input) {
    struct Part {
        bool given;
        std::string_view name;
    };
    const Part parts[] = {
        {input.MasterUsername.has_value(), "master user name"},
        {input.MasterUserPassword || input.ManageMasterUserPassword, "master user password"},
        {input.DBName.has_value(), "database name"},
        {input.Port.has_value(), "database endpoint port number"},
        {input.EnableIAMDatabaseAuthentication.has_value(), "IAM database authentication"},
        {input.BackupRetentionPeriod.has_value(), "backup retention period"},
        {input.PreferredBackupWindow.has_value(), "backup window"},
        {input.VpcSecurityGroupIds && !input.VpcSecurityGroupIds->empty(), "VPC security groups"},
        {input.DeletionProtection.value_or(false), "deletion protection"}};
    for (const Part& part : parts)
        if (part.given)
            return invalid_combination(fmt::format(
                "The requested DB Instance will be a member of a DB Cluster. Set {} for the DB Cluster.",
                part.name));
    return {};
}

Result<void> check_fits(const Deps& deps, const Call& call, const model::DBCluster& cluster,
                        const NewInstance& input) {
    const model::Server& server = cluster.server;
    if (*input.Engine != server.engine)
        return invalid_combination(
            fmt::format("The engine name requested for your DB instance ({}) doesn't match the engine name "
                        "of your DB cluster ({}).",
                        *input.Engine, server.engine));
    TRY(check_member_version(deps, cluster, input.EngineVersion));
    TRY(check_class_of_member(cluster, *input.DBInstanceClass));
    TRY(check_class_offered(server.engine, server.engine_version, *input.DBInstanceClass));
    const std::string group =
        input.DBSubnetGroupName ? name_of(call, subnet_group_kind, *input.DBSubnetGroupName) : "";
    const std::string group_of_cluster = cluster.subnet_group.empty() ? "default" : cluster.subnet_group;
    if (!group.empty() && group != group_of_cluster)
        return invalid_combination(
            fmt::format("The DB subnet group requested for your DB instance ({}) doesn't match that of your "
                        "DB cluster ({}).",
                        group, group_of_cluster));
    return {};
}

Result<void> check_takes_member(store::Store& store, const model::DBCluster& cluster) {
    constexpr std::size_t members_max = 16;  // a writer and 15 readers
    if (cluster.wish == model::Wish::deleted || cluster.halt == model::Halt::stopped)
        return Error{Fault::conflict,
                     fmt::format("DB Cluster {} is not currently in the available state.", cluster.id),
                     "InvalidDBClusterStateFault"};
    const std::vector<model::DBInstance> members = TRY(members_of(store, cluster));
    if (members.size() >= members_max)
        return Error{
            Fault::conflict,
            fmt::format("DB Cluster {} cannot have more than {} instances.", cluster.id, members_max),
            "InstanceQuotaExceeded"};
    return {};
}

Result<store::Stored<model::DBCluster>> find_source_cluster(store::Store& store, const Call& call,
                                                            const std::string& id) {
    auto cluster = find_cluster(store, call, id);
    if (cluster || cluster.error().code != cluster_not_found(id).code) return cluster;
    return Error{Fault::not_found,
                 fmt::format("The source cluster could not be found or cannot be accessed: {}", id),
                 cluster.error().code};
}

Result<api::CreateDBInstanceResult> create_member(const Deps& deps, const Call& call,
                                                  const NewInstance& input) {
    TRY(check_features_of_new_instance(input));
    TRY(refuse_new_members_own(input));
    TRY(check_new_member_storage(storage_of(input)));
    model::DBInstance instance = TRY(described_instance(deps, call, input));
    const OptionNames options = model::options_on(instance);
    TRY(check_taken(deps, options));
    return store::retry_races([&]() -> Result<api::CreateDBInstanceResult> {
        TRY(check_room_for_instance(deps, call, instance.id));
        const auto cluster = TRY(find_source_cluster(deps.store, call, *input.DBClusterIdentifier));
        TRY(check_fits(deps, call, cluster.record, input));
        TRY(check_takes_member(deps.store, cluster.record));
        GroupUse parameters = TRY(use_instance_parameter_group(
            deps.store, call, {aurora, cluster.record.server.engine_version, input.DBParameterGroupName}));
        instance.cluster = cluster.record.id;
        MemberJoin joining = TRY(join_cluster(deps, cluster.record, instance));
        instance.subnet_group = cluster.record.subnet_group;
        instance.parameter_group = parameters.name;
        const std::string key = keys::instance(call.account(), call.region, instance.id);
        // The cluster is written again, if only as it is, so that a deletion of it that has already looked
        // for instances loses its race.
        store::Transaction creation{{store::absent(key), cluster.unchanged()},
                                    {store::put(key, instance), store::put(cluster.key, joining.cluster)}};
        add_to(creation, std::move(joining.others));
        report_options(deps, call, databases::source_of(instance), options, creation);
        std::move(parameters).join(creation);
        TRY(deps.store.commit(creation));
        api::CreateDBInstanceResult answer;
        answer.DBInstance = TRY(describe(deps.store, call, instance));
        return answer;
    });
}

Result<NewServer> server_of_new_instance(const Deps& deps, const Call& call, const NewInstance& input,
                                         model::DBInstance& instance) {
    const std::string& resource_id = instance.resource_id;
    TRY(check_master_username(input.MasterUsername, instance_username));
    const AskedPassword asked{input.MasterUserPassword,
                              input.ManageMasterUserPassword,
                              {},
                              input.MasterUserSecretKmsKeyId,
                              instance_password};
    MasterPassword first = TRY(first_password(deps, {call, "db", resource_id}, asked, instance.kept));
    TRY(check_database_name("DBName", input.DBName));
    NewServer server;
    server.resource_id = resource_id;
    server.engine = postgres;
    server.master_username = *input.MasterUsername;
    server.master_verifier = sealed_verifier(deps, *first.password, resource_id);
    server.database_name = input.DBName.value_or("");
    server.iam_enabled = input.EnableIAMDatabaseAuthentication.value_or(false);
    server.secret = std::move(first.secret);
    return server;
}

Result<NewServer> first_server(const Deps& deps, const Call& call, const NewInstance& input,
                               const FirstData& data, model::DBInstance& instance) {
    if (data.restored != nullptr)
        return server_from(deps, *data.restored, instance.resource_id, input.EnableIAMDatabaseAuthentication);
    if (data.source != nullptr)
        return server_following(deps, *data.source->server, instance.resource_id,
                                input.EnableIAMDatabaseAuthentication.value_or(false));
    return server_of_new_instance(deps, call, input, instance);
}

}  // namespace

Result<api::DBInstance> make_instance(const Deps& deps, const Call& call, const NewInstance& input,
                                      const FirstData& data) {
    TRY(check_features_of_new_instance(input));
    if (*input.Engine == aurora)
        return invalid_combination(
            "A DB instance of the engine aurora-postgresql needs a DBClusterIdentifier.");
    if (input.PromotionTier)
        return invalid_combination(
            "You cannot set the promotion tier for a DB instance that is not part of an DB Cluster.");
    TRY(check_storage(storage_of(input)));
    const ChosenVersion version = TRY(choose_version(deps, postgres, input.EngineVersion));
    TRY(check_class_offered(postgres, version.runs.text(), *input.DBInstanceClass));
    const std::optional<std::uint16_t> wanted_port = TRY(parse_port(input.Port));
    model::DBInstance instance = TRY(described_instance(deps, call, input));
    echo_attribute(instance.kept, "EngineVersion", version.shown);
    TRY(check_room_for_instance(deps, call, instance.id));
    const NewServer server = TRY(first_server(deps, call, input, data, instance));
    const OptionNames options = model::options_on(instance);
    TRY(check_taken(deps, options));
    return store::retry_races([&]() -> Result<api::DBInstance> {
        TRY(check_room_for_instance(deps, call, instance.id));
        GroupUse subnets = TRY(use_subnet_group(deps.store, call, input.DBSubnetGroupName));
        GroupUse parameters = TRY(use_instance_parameter_group(
            deps.store, call, {postgres, version.runs.text(), input.DBParameterGroupName}));
        const auto port =
            TRY(databases::choose_port(deps.store, deps.ports, wanted_port, server.resource_id));
        instance.subnet_group = subnets.name;
        NetworkUse network = TRY(use_network(deps, call, {input.VpcSecurityGroupIds, instance.subnet_group}));
        instance.security_groups = network.groups;
        instance.created = std::max(instance.created, network.made);
        instance.parameter_group = parameters.name;
        instance.server = make_server(server, version.runs, port);
        if (!port.own_host) echo_attribute(instance.kept, "Port", input.Port);
        const std::string key = keys::instance(call.account(), call.region, instance.id);
        store::Transaction creation{port.unclaimed, {store::put(key, instance), port.claim}};
        creation.guards.push_back(store::absent(key));
        if (data.restored != nullptr) TRY(join_origin(deps.store, *data.restored, creation));
        if (data.source != nullptr) TRY(join_source(deps, call, *data.source, creation));
        add_to(creation, server.secret);
        const databases::EventSource source = databases::source_of(instance);
        report_options(deps, call, source, options, creation);
        report_place(deps, call, source, {wanted_port, *instance.server}, creation);
        report_reach(deps, call, instance, creation);
        std::move(network).join(deps, call, source, creation);
        std::move(subnets).join(creation);
        std::move(parameters).join(creation);
        TRY(deps.store.commit(creation));
        return describe(deps.store, call, instance);
    });
}

Result<api::CreateDBInstanceResult> create_instance(const Deps& deps, const Call& call,
                                                    const NewInstance& input) {
    if (*input.Engine != aurora && *input.Engine != postgres) return invalid_value("Invalid DB engine");
    if (input.DBClusterIdentifier) return create_member(deps, call, input);
    api::CreateDBInstanceResult answer;
    answer.DBInstance = TRY(make_instance(deps, call, input, {}));
    return answer;
}

}  // namespace countersign::rds
