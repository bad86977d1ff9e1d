#include <fmt/format.h>

#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/instances.h"
#include "services/rds/master_password.h"
#include "services/rds/networks.h"
#include "services/rds/passthrough.h"
#include "services/rds/pending.h"
#include "services/rds/read_replicas.h"
#include "services/rds/rename.h"
#include "services/rds/servers.h"
#include "services/rds/storage_rules.h"
#include "services/rds/validation.h"
#include "services/rds/windows.h"

namespace countersign::rds {

using gateway::Call;
using InstanceChange = api::ModifyDBInstanceMessage;

const gateway::Supported modify_instance_parameters{{
    "AllocatedStorage",
    "AllowMajorVersionUpgrade",
    "ApplyImmediately",
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "CertificateRotationRestart",
    "CloudwatchLogsExportConfiguration",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBInstanceIdentifier",
    "DBParameterGroupName",
    "DBPortNumber",
    "DatabaseInsightsMode",
    "DedicatedLogVolume",
    "DeletionProtection",
    "DisableDomain",
    "Domain",
    "DomainAuthSecretArn",
    "DomainDnsIps",
    "DomainFqdn",
    "DomainIAMRoleName",
    "DomainOu",
    "EnableCustomerOwnedIp",
    "EnableIAMDatabaseAuthentication",
    "EnablePerformanceInsights",
    "EngineLifecycleSupport",
    "EngineVersion",
    "Iops",
    "LicenseModel",
    "ManageMasterUserPassword",
    "MasterUserAuthenticationType",
    "MasterUserPassword",
    "MasterUserSecretKmsKeyId",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "MultiAZ",
    "MultiTenant",
    "NetworkType",
    "NewDBInstanceIdentifier",
    "OptionGroupName",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "PromotionTier",
    "PubliclyAccessible",
    "RotateMasterUserPassword",
    "StorageThroughput",
    "StorageType",
    "VpcSecurityGroupIds",
}};

namespace {

Result<void> check_instance_features(const InstanceChange& input) {
    TRY(refuse_switched_on({{"MultiTenant", input.MultiTenant},
                            {"DedicatedLogVolume", input.DedicatedLogVolume},
                            {"EnableCustomerOwnedIp", input.EnableCustomerOwnedIp}}));
    if (input.LicenseModel.value_or("postgresql-license") != "postgresql-license")
        return invalid_combination("The license model of PostgreSQL is postgresql-license.");
    TRY(check_authentication_type(input.MasterUserAuthenticationType));
    TRY(check_option_group(input.OptionGroupName));
    TRY(check_certificate_authority(input.CACertificateIdentifier));
    TRY(check_insights_retention(input.PerformanceInsightsRetentionPeriod));
    if (input.DBInstanceClass) TRY(check_instance_class(*input.DBInstanceClass));
    TRY(check_range("PromotionTier", input.PromotionTier, promotion_tiers));
    return check_retention(input.BackupRetentionPeriod, instance_retention);
}

bool is_about_password(const InstanceChange& input) {
    return input.MasterUserPassword || input.ManageMasterUserPassword || input.RotateMasterUserPassword ||
           input.MasterUserSecretKmsKeyId;
}

// A failed instance still takes what needs no server, such as the end of its deletion protection.
bool is_modifiable_instance(const model::DBInstance& instance, const InstanceChange& input) {
    if (instance.wish == model::Wish::deleted) return false;
    const bool needs_server = input.EnableIAMDatabaseAuthentication || is_about_password(input) ||
                              input.ApplyImmediately.value_or(false);
    return instance.status == model::DatabaseStatus::available ||
           (instance.status == model::DatabaseStatus::failed && !needs_server);
}

// What belongs to the cluster is modified there.
Result<void> refuse_members_own(const InstanceChange& input) {
    struct Part {
        bool given;
        std::string_view name;
    };
    const Part parts[] = {
        {is_about_password(input), "master user password"},
        {input.EnableIAMDatabaseAuthentication.has_value(), "IAM database authentication"},
        {input.DBPortNumber.has_value(), "database endpoint port number"},
        {input.EngineVersion.has_value(), "engine version"},
        {input.BackupRetentionPeriod.has_value(), "backup retention period"},
        {input.PreferredBackupWindow.has_value(), "backup window"},
        {input.VpcSecurityGroupIds && !input.VpcSecurityGroupIds->empty(), "VPC security groups"},
        {input.DeletionProtection.value_or(false), "deletion protection"}};
    for (const Part& part : parts)
        if (part.given)
            return invalid_combination(fmt::format(
                "The specified DB Instance is a member of a cluster. Modify {} for the DB Cluster using the "
                "ModifyDbCluster API",
                part.name));
    return {};
}

// What an instance has that was never said is what its description shows.
Storage storage_of(const model::PassthroughAttributes& kept) {
    constexpr std::int64_t storage_gib_default = 20;
    return {echoed_text(kept, "StorageType"),
            echoed_number(kept, "AllocatedStorage").value_or(storage_gib_default),
            echoed_number(kept, "MaxAllocatedStorage"), echoed_number(kept, "Iops"),
            echoed_number(kept, "StorageThroughput")};
}

Result<void> check_storage_of(const model::DBInstance& instance, const InstanceChange& input) {
    const Storage change{input.StorageType, input.AllocatedStorage, input.MaxAllocatedStorage, input.Iops,
                         input.StorageThroughput};
    if (!instance.server) return check_member_storage_change(change);
    const bool is_asked = input.StorageType || input.AllocatedStorage || input.MaxAllocatedStorage ||
                          input.Iops || input.StorageThroughput;
    if (!is_asked || instance.server->attached) return {};
    return check_storage_change(storage_of(instance.kept), change);
}

Result<void> check_applies(const model::DBInstance& instance, const InstanceChange& input) {
    if (!is_modifiable_instance(instance, input))
        return Error{Fault::conflict,
                     fmt::format("DB instance {} is not currently in the available state.", instance.id),
                     "InvalidDBInstanceState"};
    TRY(check_storage_of(instance, input));
    TRY(refuse_of_replica(instance, input));
    if (!instance.server) return refuse_members_own(input);
    const bool new_port = input.DBPortNumber && *input.DBPortNumber != instance.server->port &&
                          input.DBPortNumber != echoed_number(instance.kept, "Port");
    if (new_port)
        return invalid_combination(
            "The port cannot be changed: an instance's endpoint never changes in its life.");
    if (instance.server->attached && is_about_password(input))
        return invalid_combination("The passwords of an attached server are its owner's to set.");
    return {};
}

void echo_attributes(model::PassthroughAttributes& kept, const InstanceChange& input) {
    echo_of_any_instance(kept, input);
    if (!input.DisableDomain.value_or(false)) return;
    for (const char* name :
         {"Domain", "DomainAuthSecretArn", "DomainDnsIps", "DomainFqdn", "DomainIAMRoleName", "DomainOu"})
        kept.erase(name);
}

// What a class and a version can be is a matter of the server, which a member has from its cluster.
Result<UpgradeTarget> change_class_and_version(const Deps& deps, const Call& call,
                                               model::DBInstance& instance, const InstanceChange& input) {
    UpgradeTarget target;
    if (instance.server) {
        target = TRY(change_version(deps, *instance.server,
                                    {input.EngineVersion, input.AllowMajorVersionUpgrade.value_or(false)},
                                    instance.kept));
        const auto version =
            deps.versions.runner_of(target ? target->text() : instance.server->engine_version);
        if (version && input.DBInstanceClass)
            TRY(check_class_offered(postgres, version->text(), *input.DBInstanceClass));
    } else if (input.DBInstanceClass) {
        const auto cluster = TRY(find_cluster(deps.store, call, instance.cluster));
        TRY(check_class_of_member(cluster.record, *input.DBInstanceClass));
    }
    instance.instance_class = input.DBInstanceClass.value_or(instance.instance_class);
    return target;
}

Result<void> change_windows(model::DBInstance& instance, const InstanceChange& input) {
    if (!instance.server) {
        if (input.PreferredMaintenanceWindow)
            instance.maintenance_window = TRY(member_window(input.PreferredMaintenanceWindow));
        return {};
    }
    Windows windows = TRY(changed_windows({instance.backup_window, instance.maintenance_window},
                                          input.PreferredBackupWindow, input.PreferredMaintenanceWindow));
    instance.backup_window = std::move(windows.backup);
    instance.maintenance_window = std::move(windows.maintenance);
    return {};
}

Result<void> change_instance_attributes(model::DBInstance& instance, const InstanceChange& input) {
    TRY(check_monitoring_change(instance.kept, input.MonitoringInterval, input.MonitoringRoleArn));
    TRY(change_windows(instance, input));
    instance.deletion_protection = input.DeletionProtection.value_or(instance.deletion_protection);
    instance.copy_tags_to_snapshot = input.CopyTagsToSnapshot.value_or(instance.copy_tags_to_snapshot);
    instance.publicly_accessible = input.PubliclyAccessible.value_or(instance.publicly_accessible);
    if (input.CloudwatchLogsExportConfiguration) {
        const api::CloudwatchLogsExportConfiguration& logs = *input.CloudwatchLogsExportConfiguration;
        const std::vector<std::string> none;
        TRY(check_log_types(instance.server ? postgres : aurora, logs.EnableLogTypes.value_or(none)));
        instance.log_exports = changed_exports(instance.log_exports, logs.EnableLogTypes.value_or(none),
                                               logs.DisableLogTypes.value_or(none));
    }
    echo_attributes(instance.kept, input);
    return {};
}

// With an upgrade it is of the other version's family, and the instance is in it from then on.
Result<GroupUse> changed_instance_group(const Deps& deps, const Call& call, model::DBInstance& instance,
                                        const InstanceChange& input, const UpgradeTarget& target) {
    TRY(check_group_for_upgrade(target, "instance", instance.parameter_group, input.DBParameterGroupName));
    if (!input.DBParameterGroupName) return GroupUse();
    if (instance.server && instance.server->attached)
        return invalid_combination("The parameters of an attached server are its owner's to set.");
    const model::Server server = TRY(server_of(deps.store, instance));
    GroupUse use = TRY(use_instance_parameter_group(
        deps.store, call,
        {server.engine, target ? target->text() : server.engine_version, input.DBParameterGroupName}));
    if (!target) instance.parameter_group = use.name;
    return use;
}

// Whether another change than that of the password waits for the maintenance window, or is asked for now.
bool is_other_change(const model::Server& server, const AskedChanges& asked) {
    const std::optional<bool> iam = asked.iam_enabled ? asked.iam_enabled : server.pending.iam_enabled;
    const bool upgrades = asked.upgrade ? asked.upgrade->engine_version != server.engine_version
                                        : !server.pending.engine_version.empty();
    return upgrades || (iam && *iam != server.iam_enabled);
}

// The password of an instance changes as soon as possible, whatever ApplyImmediately says; but not together
// with another change that was asked to wait for the maintenance window.
Result<store::Transaction> change_instance_access(const Deps& deps, const Call& call,
                                                  model::DBInstance& instance, const InstanceChange& input,
                                                  const std::optional<Upgrade>& upgrade) {
    model::Server& server = *instance.server;
    if (server.attached) {  // there is nothing to wait for: the agent alone knows of it
        server.iam_enabled = input.EnableIAMDatabaseAuthentication.value_or(server.iam_enabled);
        return store::Transaction();
    }
    AskedChanges asked;
    asked.iam_enabled = input.EnableIAMDatabaseAuthentication;
    asked.upgrade = upgrade;
    asked.apply_immediately = input.ApplyImmediately.value_or(false);
    const AskedPassword asked_password{input.MasterUserPassword,
                                       input.ManageMasterUserPassword,
                                       input.RotateMasterUserPassword,
                                       input.MasterUserSecretKmsKeyId,
                                       instance_password,
                                       asked.apply_immediately,
                                       !asked.apply_immediately && is_other_change(server, asked)};
    const PasswordOwner owner{call, "db", server.resource_id, !server.pending.master_verifier.empty()};
    MasterPassword next = TRY(next_password(deps, owner, asked_password, instance.kept));
    if (next.password) {
        asked.apply_immediately = !asked_password.waits;
        asked.master_verifier = sealed_verifier(deps, *next.password, server.resource_id);
    }
    if (ask_for(server, asked)) instance.status = status_while_changing(server.pending);
    return std::move(next.secret);
}

// Class, version, parameters and access, with the parameter group that it is to be in; what is written of its
// secret comes to `secret`.
Result<GroupUse> change_server(const Deps& deps, const Call& call, model::DBInstance& instance,
                               const InstanceChange& input, store::Transaction& secret) {
    const UpgradeTarget target = TRY(change_class_and_version(deps, call, instance, input));
    if (target) TRY(check_has_no_replicas(deps.store, instance, "the upgrade"));
    GroupUse parameters = TRY(changed_instance_group(deps, call, instance, input, target));
    if (!instance.server) return parameters;
    const auto upgrade =
        upgrade_asked_for(*instance.server, input.EngineVersion, target, {parameters.name, ""});
    secret = TRY(change_instance_access(deps, call, instance, input, upgrade));
    return parameters;
}

}  // namespace

Result<api::ModifyDBInstanceResult> modify_instance(const Deps& deps, const Call& call,
                                                    const InstanceChange& input) {
    TRY(check_instance_features(input));
    return store::retry_races([&]() -> Result<api::ModifyDBInstanceResult> {
        auto stored = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
        model::DBInstance& instance = stored.record;
        TRY(check_applies(instance, input));
        const OptionNames options_before = model::options_on(instance);
        TRY(change_instance_attributes(instance, input));
        store::Transaction secret;
        GroupUse parameters = TRY(change_server(deps, call, instance, input, secret));
        NetworkUse network =
            TRY(changed_network(deps, call, {input.VpcSecurityGroupIds, instance.subnet_group}));
        if (!network.groups.empty()) instance.security_groups = network.groups;
        const OptionNames options = turned_on(options_before, model::options_on(instance));
        TRY(check_taken(deps, options));
        store::Transaction change =
            TRY(written(deps, call, stored, {input.NewDBInstanceIdentifier, input.ApplyImmediately}));
        report_options(deps, call, databases::source_of(instance), options, change);
        if (input.PubliclyAccessible) report_reach(deps, call, instance, change);
        std::move(network).join(deps, call, databases::source_of(instance), change);
        std::move(parameters).join(change);
        add_to(change, std::move(secret));
        TRY(deps.store.commit(change));
        api::ModifyDBInstanceResult answer;
        answer.DBInstance = TRY(describe(deps.store, call, instance));
        return answer;
    });
}

}  // namespace countersign::rds
