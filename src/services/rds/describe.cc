#include "services/rds/describe.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/keys.h"
#include "services/rds/entities.h"
#include "services/rds/networks.h"
#include "services/rds/passthrough.h"
#include "services/rds/read_replicas.h"
#include "services/rds/servers.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"
#include "store/records.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::string_view hosted_zone = "Z2R2ITUGPM61AM";
constexpr std::string_view hidden_password = "****";
constexpr std::string_view no_vpc = "vpc-00000000000000000";
constexpr std::int64_t aurora_storage_gib = 1;  // Aurora shows this whatever is stored
constexpr std::int64_t storage_gib_default = 20;

std::vector<api::VpcSecurityGroupMembership> shown_groups(const std::vector<std::string>& groups) {
    std::vector<api::VpcSecurityGroupMembership> answer;
    for (const std::string& group : groups) {
        api::VpcSecurityGroupMembership& last = answer.emplace_back();
        last.VpcSecurityGroupId = group;
        last.Status = "active";
    }
    return answer;
}

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

// PendingModifiedValues of a cluster or of an instance.
template <class Values>
Values shown_pending(const model::PendingChanges& pending) {
    Values values;
    values.IAMDatabaseAuthenticationEnabled = pending.iam_enabled;
    if (!pending.master_verifier.empty()) values.MasterUserPassword = hidden_password;
    values.EngineVersion = unless_empty(pending.engine_version);
    return values;
}

std::vector<std::string> zones_of_cluster(const model::DBCluster& cluster) {
    const std::vector<std::string> given = echoed_list(cluster.kept, "AvailabilityZones");
    return given.empty() ? zones_of(cluster.region) : given;
}

// A managed password's secret, while the password is on its way.
template <class Database>
void put_secret_status(Database& answer, model::DatabaseStatus status, const model::Server& server) {
    if (!answer.MasterUserSecret) return;
    const bool is_new = status == model::DatabaseStatus::creating;
    answer.MasterUserSecret->SecretStatus = is_new                                   ? "creating"
                                            : server.pending.master_verifier.empty() ? "active"
                                                                                     : "rotating";
}

std::string shown_parameter_group(const std::string& name, const model::Server& server) {
    return name.empty() ? "default." + family_of(server.engine, server.engine_version) : name;
}

// Of a group that an instance is in: static parameters wait for a start.
std::string apply_status(const model::Server& server) {
    return server.restart_pending ? "pending-reboot" : "in-sync";
}

api::DBClusterMember shown_member(const model::DBInstance& instance, bool is_writer,
                                  const model::Server& server) {
    api::DBClusterMember member;
    member.DBInstanceIdentifier = instance.id;
    member.IsClusterWriter = is_writer;
    member.DBClusterParameterGroupStatus = apply_status(server);
    member.PromotionTier = echoed_number(instance.kept, "PromotionTier").value_or(1);
    return member;
}

// Performance Insights are kept for a week where nothing else is said.
constexpr std::int64_t insights_days_default = 7;

std::vector<api::DomainMembership> shown_domains(const model::PassthroughAttributes& kept) {
    std::vector<api::DomainMembership> domains;
    const std::optional<std::string> name = unless_empty(echoed_text(kept, "Domain").value_or(""));
    const std::optional<std::string> fqdn = echoed_text(kept, "DomainFqdn");
    if (!name && !fqdn) return domains;
    api::DomainMembership& domain = domains.emplace_back();
    domain.Domain = name;
    domain.Status = "pending-join";
    domain.FQDN = fqdn;
    domain.IAMRoleName = echoed_text(kept, "DomainIAMRoleName");
    domain.OU = echoed_text(kept, "DomainOu");
    domain.AuthSecretArn = echoed_text(kept, "DomainAuthSecretArn");
    domain.DnsIps = echoed_list(kept, "DomainDnsIps");
    return domains;
}

template <class Role>
std::vector<Role> shown_roles(const std::vector<model::AssociatedRole>& roles) {
    std::vector<Role> answer;
    for (const model::AssociatedRole& role : roles) {
        Role& last = answer.emplace_back();
        last.RoleArn = role.arn;
        last.FeatureName = unless_empty(role.feature);
        last.Status = "ACTIVE";
    }
    return answer;
}

// The attributes of clusters and instances that this machine has no use for.
template <class Database>
void put_common(Database& answer, const model::PassthroughAttributes& kept) {
    answer.BackupRetentionPeriod = echoed_number(kept, "BackupRetentionPeriod").value_or(1);
    answer.AutoMinorVersionUpgrade = echoed_flag(kept, "AutoMinorVersionUpgrade").value_or(true);
    answer.NetworkType = echoed_text(kept, "NetworkType").value_or("IPV4");
    answer.MonitoringInterval = echoed_number(kept, "MonitoringInterval").value_or(0);
    answer.MonitoringRoleArn = echoed_text(kept, "MonitoringRoleArn");
    answer.DatabaseInsightsMode = echoed_text(kept, "DatabaseInsightsMode").value_or("standard");
    answer.EngineLifecycleSupport = echoed_text(kept, "EngineLifecycleSupport");
    answer.StorageEncrypted = echoed_flag(kept, "StorageEncrypted").value_or(false);
    answer.KmsKeyId = echoed_text(kept, "KmsKeyId");
    answer.DomainMemberships = shown_domains(kept);
    if (echoed_flag(kept, "EnablePerformanceInsights").value_or(false)) {
        answer.PerformanceInsightsKMSKeyId = echoed_text(kept, "PerformanceInsightsKMSKeyId");
        answer.PerformanceInsightsRetentionPeriod =
            echoed_number(kept, "PerformanceInsightsRetentionPeriod").value_or(insights_days_default);
    }
    if (!kept.contains("MasterUserSecret")) return;
    api::MasterUserSecret& secret = answer.MasterUserSecret.emplace();
    secret.SecretArn = echoed_text(kept, "MasterUserSecret");
    secret.KmsKeyId = echoed_text(kept, "MasterUserSecretKmsKeyId");
}

void put_passthrough(api::DBCluster& answer, const model::PassthroughAttributes& kept) {
    put_common(answer, kept);
    answer.StorageType = echoed_text(kept, "StorageType");
    if (echoed_flag(kept, "EnablePerformanceInsights").value_or(false))
        answer.PerformanceInsightsEnabled = true;
    if (kept.contains("CACertificateIdentifier"))
        answer.CertificateDetails.emplace().CAIdentifier = echoed_text(kept, "CACertificateIdentifier");
    if (!kept.contains("ServerlessV2MaxCapacity")) return;
    api::ServerlessV2ScalingConfigurationInfo& capacity = answer.ServerlessV2ScalingConfiguration.emplace();
    capacity.MinCapacity = echoed_fraction(kept, "ServerlessV2MinCapacity");
    capacity.MaxCapacity = echoed_fraction(kept, "ServerlessV2MaxCapacity");
    capacity.SecondsUntilAutoPause = echoed_number(kept, "ServerlessV2SecondsUntilAutoPause");
}

void put_passthrough(api::DBInstance& answer, const model::PassthroughAttributes& kept, bool is_member) {
    put_common(answer, kept);
    const std::int64_t storage = is_member ? aurora_storage_gib : storage_gib_default;
    answer.AllocatedStorage = echoed_number(kept, "AllocatedStorage").value_or(storage);
    answer.MaxAllocatedStorage = echoed_number(kept, "MaxAllocatedStorage");
    answer.Iops = echoed_number(kept, "Iops");
    answer.StorageThroughput = echoed_number(kept, "StorageThroughput").value_or(0);
    answer.StorageType = echoed_text(kept, "StorageType").value_or(is_member ? "aurora" : "gp2");
    answer.BackupTarget = echoed_text(kept, "BackupTarget").value_or("region");
    answer.MultiAZ = echoed_flag(kept, "MultiAZ").value_or(false);
    answer.PerformanceInsightsEnabled = echoed_flag(kept, "EnablePerformanceInsights").value_or(false);
    const std::string authority =
        echoed_text(kept, "CACertificateIdentifier").value_or(std::string(authority_id));
    answer.CACertificateIdentifier = authority;
    answer.CertificateDetails.emplace().CAIdentifier = authority;
    if (is_member) answer.PromotionTier = echoed_number(kept, "PromotionTier").value_or(1);
}

// What is off, always.
void put_absent_features(api::DBInstance& answer) {
    answer.CustomerOwnedIpEnabled = false;
    answer.DedicatedLogVolume = false;
    answer.MultiTenant = false;
    answer.ActivityStreamStatus = "stopped";
    answer.DbInstancePort = 0;
}

void put_server(api::DBInstance& answer, const model::Server& server, bool is_reachable) {
    answer.Engine = server.engine;
    answer.EngineVersion = server.engine_version;
    answer.MasterUsername = server.master_username;
    answer.DBName = unless_empty(server.database_name);
    answer.IAMDatabaseAuthenticationEnabled = server.iam_enabled;
    answer.LicenseModel = "postgresql-license";
    api::OptionGroupMembership& options = answer.OptionGroupMemberships.emplace_back();
    options.OptionGroupName = option_group_name(server.engine, server.engine_version);
    options.Status = "in-sync";
    if (!is_reachable) return;
    api::Endpoint& endpoint = answer.Endpoint.emplace();
    endpoint.Address = server.host;
    endpoint.Port = server.port;
    endpoint.HostedZoneId = hosted_zone;
}

}  // namespace

std::vector<std::string> zones_of(const std::string& region) {
    return {region + 'a', region + 'b', region + 'c'};
}

api::DBCluster to_api(const Call& call, const model::DBCluster& cluster,
                      const std::vector<model::DBInstance>& members) {
    const model::Server& server = cluster.server;
    api::DBCluster answer;
    put_passthrough(answer, cluster.kept);
    put_secret_status(answer, cluster.status, server);
    answer.AllocatedStorage = aurora_storage_gib;
    answer.AvailabilityZones = zones_of_cluster(cluster);
    answer.DatabaseName = unless_empty(server.database_name);
    answer.DBClusterIdentifier = cluster.id;
    answer.DBClusterParameterGroup = shown_parameter_group(cluster.parameter_group, server);
    answer.DBSubnetGroup = cluster.subnet_group.empty() ? "default" : cluster.subnet_group;
    answer.Status = text_of(cluster.status);
    answer.Endpoint = server.host;
    const std::string& reader_host = server.membership.reader_host;
    answer.ReaderEndpoint = reader_host.empty() ? server.host : reader_host;
    answer.MultiAZ = false;
    answer.Engine = server.engine;
    answer.EngineVersion = echoed_text(cluster.kept, "EngineVersion").value_or(server.engine_version);
    answer.EngineMode = "provisioned";
    answer.Port = server.port;
    answer.MasterUsername = server.master_username;
    answer.PreferredBackupWindow = cluster.backup_window;
    answer.PreferredMaintenanceWindow = cluster.maintenance_window;
    // One that is being deleted is the writer until another one is.
    const model::DBInstance* writer = model::writer_of(members, cluster.server);
    for (const model::DBInstance& member : members)
        if (writer == nullptr && !model::is_reader(member, cluster.server)) writer = &member;
    for (const model::DBInstance& member : members)
        answer.DBClusterMembers.push_back(shown_member(member, &member == writer, cluster.server));
    answer.VpcSecurityGroups = shown_groups(cluster.security_groups);
    answer.HostedZoneId = hosted_zone;
    answer.AssociatedRoles = shown_roles<api::DBClusterRole>(cluster.roles);
    answer.DbClusterResourceId = server.resource_id;
    answer.DBClusterArn = arn_of(call, cluster_kind, cluster.id);
    answer.IAMDatabaseAuthenticationEnabled = server.iam_enabled;
    answer.ClusterCreateTime = cluster.created;
    answer.EnabledCloudwatchLogsExports = cluster.log_exports;
    answer.PendingModifiedValues = shown_pending<api::ClusterPendingModifiedValues>(server.pending);
    answer.DeletionProtection = cluster.deletion_protection;
    answer.HttpEndpointEnabled = false;
    answer.ActivityStreamStatus = "stopped";
    answer.CopyTagsToSnapshot = cluster.copy_tags_to_snapshot;
    answer.CrossAccountClone = false;
    answer.TagList = to_api(cluster.tags);
    return answer;
}

api::DBSubnetGroup to_api(const Call& call, const model::DBSubnetGroup& group) {
    const std::vector<std::string> zones = zones_of(call.region);
    api::DBSubnetGroup answer;
    answer.DBSubnetGroupName = group.name;
    answer.DBSubnetGroupDescription = group.description;
    answer.VpcId = no_vpc;
    answer.SubnetGroupStatus = "Complete";
    for (const std::string& id : group.subnets) {
        const std::string& zone = zones[answer.Subnets.size() % zones.size()];
        api::Subnet& subnet = answer.Subnets.emplace_back();
        subnet.SubnetIdentifier = id;
        subnet.SubnetAvailabilityZone.emplace().Name = zone;
        subnet.SubnetStatus = "Active";
    }
    answer.DBSubnetGroupArn = arn_of(call, subnet_group_kind, group.name);
    answer.SupportedNetworkTypes = {"IPV4"};
    return answer;
}

api::DBInstance to_api(const Call& call, const InstanceParts& parts) {
    const model::DBInstance& instance = parts.instance;
    const bool is_member = !instance.cluster.empty();
    api::DBInstance answer;
    put_absent_features(answer);
    put_passthrough(answer, instance.kept, is_member);
    put_secret_status(answer, instance.status, parts.server);
    put_server(answer, parts.server, instance.status != model::DatabaseStatus::creating);
    if (const auto version = echoed_text(instance.kept, "EngineVersion")) answer.EngineVersion = *version;
    api::DBParameterGroupStatus& parameters = answer.DBParameterGroups.emplace_back();
    parameters.DBParameterGroupName = shown_parameter_group(instance.parameter_group, parts.server);
    parameters.ParameterApplyStatus = apply_status(parts.server);
    answer.DBInstanceIdentifier = instance.id;
    answer.DBInstanceClass = instance.instance_class;
    answer.DBInstanceStatus = text_of(instance.status);
    const bool is_creating = instance.status == model::DatabaseStatus::creating;
    if (!is_creating) answer.InstanceCreateTime = instance.created;
    answer.PreferredBackupWindow = instance.backup_window;
    answer.PreferredMaintenanceWindow = instance.maintenance_window;
    answer.VpcSecurityGroups = shown_groups(instance.security_groups);
    answer.AvailabilityZone = echoed_text(instance.kept, "AvailabilityZone");
    if (!answer.AvailabilityZone && !is_creating) answer.AvailabilityZone = zones_of(instance.region).front();
    answer.DBSubnetGroup = to_api(call, parts.group);
    const model::PendingChanges none;
    answer.PendingModifiedValues =
        shown_pending<api::PendingModifiedValues>(is_member ? none : parts.server.pending);
    if (is_creating && !is_member) answer.PendingModifiedValues->MasterUserPassword = hidden_password;
    answer.PubliclyAccessible = instance.publicly_accessible;
    answer.DBClusterIdentifier = unless_empty(instance.cluster);
    answer.DbiResourceId = instance.resource_id;
    answer.AssociatedRoles = shown_roles<api::DBInstanceRole>(instance.roles);
    answer.CopyTagsToSnapshot = instance.copy_tags_to_snapshot;
    answer.DBInstanceArn = arn_of(call, instance_kind, instance.id);
    answer.EnabledCloudwatchLogsExports = instance.log_exports;
    answer.DeletionProtection = instance.deletion_protection;
    answer.TagList = to_api(instance.tags);
    return answer;
}

Result<api::DBCluster> describe(store::Store& store, const Call& call, const model::DBCluster& cluster) {
    const std::vector<model::DBInstance> members = TRY(members_of(store, cluster));
    return to_api(call, cluster, members);
}

namespace {

// What of an instance of a cluster is the cluster's.
Result<void> take_cluster(store::Store& store, const model::DBInstance& instance, InstanceParts& parts) {
    if (instance.cluster.empty()) return {};
    const auto cluster = TRY(store::load<model::DBCluster>(
        store, keys::cluster(instance.account, instance.region, instance.cluster)));
    if (!cluster) return {};
    parts.server = cluster->record.server;
    if (instance.place.port != 0) {
        parts.server.host = instance.place.host;
        parts.server.port = instance.place.port;
    }
    parts.instance.security_groups = cluster->record.security_groups;
    parts.instance.backup_window = cluster->record.backup_window;
    for (const char* name : {"BackupRetentionPeriod", "StorageEncrypted", "KmsKeyId", "EngineVersion"})
        echo_attribute(parts.instance.kept, name, echoed_text(cluster->record.kept, name));
    return {};
}

}  // namespace

Result<api::DBInstance> describe(store::Store& store, const Call& call, const model::DBInstance& instance) {
    InstanceParts parts{instance, instance.server.value_or(model::Server()), {}};
    parts.group.name = "default";
    parts.group.description = "default";
    TRY(take_cluster(store, instance, parts));
    if (!instance.subnet_group.empty()) {
        auto group = TRY(store::load<model::DBSubnetGroup>(
            store, keys::subnet_group(instance.account, instance.region, instance.subnet_group)));
        if (group) parts.group = std::move(group->record);
    }
    api::DBInstance answer = to_api(call, parts);
    TRY(put_subnets(store, call, *answer.DBSubnetGroup));
    TRY(put_replication(store, instance, answer));
    return answer;
}

Result<api::DBSubnetGroup> describe(store::Store& store, const Call& call,
                                    const model::DBSubnetGroup& group) {
    api::DBSubnetGroup answer = to_api(call, group);
    TRY(put_subnets(store, call, answer));
    return answer;
}

}  // namespace countersign::rds
