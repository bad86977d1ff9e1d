// AWS::RDS::DBCluster and DBInstance. A property that RDS's API here does not take is not listed.
#include <fmt/format.h>

#include <algorithm>

#include "services/cloudformation/types/parts.h"
#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {

namespace {

constexpr std::string_view role_members = "FeatureName RoleArn";

// What clusters and instances have in common. `kind` is DBCluster or DBInstance.
struct DatabaseKind {
    std::string kind;
    std::string member;
    std::string status;

    DatabaseKind(std::string_view name, std::string_view of_status)
        : kind(name), member(std::string(name) + "Identifier"), status(of_status) {}
};
const DatabaseKind cluster_kind("DBCluster", "Status");
const DatabaseKind instance_kind("DBInstance", "DBInstanceStatus");

// What the API calls by another name than the template.
std::string api_name(std::string_view property) {
    if (property == "VPCSecurityGroups") return "VpcSecurityGroupIds";
    if (property == "PerformanceInsightsEnabled") return "EnablePerformanceInsights";
    return property == "PerformanceInsightsKmsKeyId" ? "PerformanceInsightsKMSKeyId" : std::string(property);
}

// Properties that are calls of their own.
bool is_apart(std::string_view property) {
    return property == "AssociatedRoles" || property == "AllowMajorVersionUpgrade" ||
           property == "ApplyImmediately" || property == "DeleteAutomatedBackups" ||
           property == "DBInstanceParameterGroupName";
}

Result<json::object> described(const DatabaseKind& kind, const Job& job) {
    const json::object answer =
        TRY(job.api.call(rds, "Describe" + kind.kind + 's', {{kind.member, job.physical}}));
    const json::value* found = at_path(answer, {kind.kind + 's'});
    if (found == nullptr || !found->is_object())
        return Error{Fault::not_found, kind.kind + " not found", kind.kind + "NotFound"};
    return found->get_object();
}

Result<void> change_roles(const DatabaseKind& kind, const Job& job, std::string_view verb,
                          const json::object& of) {
    const json::value* roles = of.if_contains("AssociatedRoles");
    if (roles == nullptr) return {};
    const std::string operation = std::string(verb) + kind.kind;
    for (const json::value& role : roles->as_array()) {
        json::object members{{kind.member, job.physical}};
        copy(role.as_object(), {"FeatureName", "RoleArn"}, members);
        TRY(unless_made(job, job.api.call(rds, operation, std::move(members))));
    }
    return {};
}

Result<Made> create_database(const DatabaseKind& kind, const Job& job) {
    json::object members{{kind.member, job.name}};
    for (const auto& property : job.properties)
        if (!is_apart(property.key())) members[api_name(property.key())] = property.value();
    members[kind.member] = job.name;
    TRY(unless_made(job, job.api.call(rds, "Create" + kind.kind, std::move(members))));
    return Made{job.name};
}

std::vector<std::string> only_in(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    std::vector<std::string> found;
    for (const std::string& item : one)
        if (std::ranges::find(other, item) == other.end()) found.push_back(item);
    return found;
}

json::array to_array(const std::vector<std::string>& texts) {
    json::array items;
    for (const std::string& text : texts) items.emplace_back(text);
    return items;
}

void put_log_exports(const Job& job, json::object& members) {
    const auto now = texts_in(job.properties, "EnableCloudwatchLogsExports");
    const auto then = texts_in(job.before, "EnableCloudwatchLogsExports");
    json::object change;
    if (const auto added = only_in(now, then); !added.empty()) change["EnableLogTypes"] = to_array(added);
    if (const auto gone = only_in(then, now); !gone.empty()) change["DisableLogTypes"] = to_array(gone);
    if (!change.empty()) members["CloudwatchLogsExportConfiguration"] = std::move(change);
}

json::object modification(const DatabaseKind& kind, const Job& job) {
    json::object members;
    for (const auto& property : job.properties) {
        const std::string_view name = property.key();
        if (is_apart(name) || name == "Tags" || name == kind.member || !changed(job, name)) continue;
        if (name != "EnableCloudwatchLogsExports") members[api_name(name)] = property.value();
    }
    const std::string managed = "ManageMasterUserPassword";
    if (flag_in(job.before, managed) && !job.properties.contains(managed)) members[managed] = false;
    put_log_exports(job, members);
    if (members.empty()) return members;
    if (members.contains("EngineVersion")) {
        const bool allowed = kind.kind == "DBCluster" || flag_in(job.properties, "AllowMajorVersionUpgrade");
        members["AllowMajorVersionUpgrade"] = allowed;
        copy(job.properties, {"DBInstanceParameterGroupName"}, members);
    }
    members[kind.member] = job.physical;
    members["ApplyImmediately"] = true;
    return members;
}

Result<void> update_database(const DatabaseKind& kind, const Job& job) {
    json::object members = modification(kind, job);
    if (!members.empty()) TRY(job.api.call(rds, "Modify" + kind.kind, std::move(members)));
    if (changed(job, "AssociatedRoles")) {
        TRY(change_roles(kind, job, "RemoveRoleFrom", job.before));
        TRY(change_roles(kind, job, "AddRoleTo", job.properties));
    }
    if (!changed(job, "Tags")) return {};
    const json::object found = TRY(described(kind, job));
    return sync_tags(job, {rds, "ResourceName", text_in(found, kind.kind + "Arn")}, "AddTagsToResource",
                     "RemoveTagsFromResource");
}

Result<void> remove_database(const DatabaseKind& kind, const Job& job) {
    const auto found = described(kind, job);
    if (!found && says_missing(found.error())) return {};
    if (found && text_in(*found, kind.status) == "deleting") return {};
    return unless_missing(
        job.api.call(rds, "Delete" + kind.kind, {{kind.member, job.physical}, {"SkipFinalSnapshot", true}}));
}

Result<bool> is_database_gone(const DatabaseKind& kind, const Job& job) {
    const auto found = described(kind, job);
    if (found) return false;
    if (says_missing(found.error())) return true;
    return found.error();
}

// Whether the database is there; one that cannot come to be is an error.
Result<bool> is_available(const DatabaseKind& kind, const json::object& found) {
    const std::string status = text_in(found, kind.status);
    if (status == "failed" || status.starts_with("incompatible") || status.starts_with("inaccessible"))
        return Error{Fault::conflict, fmt::format("{} is in the state {}", kind.kind, status),
                     "NotStabilized"};
    return status == "available";
}

Result<Settled> settle_cluster(const Job& job) {
    const json::object found = TRY(described(cluster_kind, job));
    Settled settled{TRY(is_available(cluster_kind, found))};
    json::object& attributes = settled.attributes;
    attributes["DBClusterArn"] = text_in(found, "DBClusterArn");
    attributes["DBClusterResourceId"] = text_in(found, "DbClusterResourceId");
    attributes["Endpoint.Address"] = text_in(found, "Endpoint");
    attributes["Endpoint.Port"] = text_in(found, "Port");
    attributes["MasterUserSecret.SecretArn"] = text_at(found, {"MasterUserSecret", "SecretArn"});
    attributes["ReadEndpoint.Address"] = text_in(found, "ReaderEndpoint");
    return settled;
}

Result<Settled> settle_instance(const Job& job) {
    const json::object found = TRY(described(instance_kind, job));
    Settled settled{TRY(is_available(instance_kind, found))};
    json::object& attributes = settled.attributes;
    attributes["DBInstanceArn"] = text_in(found, "DBInstanceArn");
    attributes["DbiResourceId"] = text_in(found, "DbiResourceId");
    attributes["Endpoint.Address"] = text_at(found, {"Endpoint", "Address"});
    attributes["Endpoint.Port"] = text_at(found, {"Endpoint", "Port"});
    attributes["MasterUserSecret.SecretArn"] = text_at(found, {"MasterUserSecret", "SecretArn"});
    attributes["Endpoint.HostedZoneId"] = text_at(found, {"Endpoint", "HostedZoneId"});
    attributes["CertificateDetails.CAIdentifier"] = text_at(found, {"CertificateDetails", "CAIdentifier"});
    return settled;
}

// Properties of both. Those of a feature without effect on one's own machine are taken as RDS's API takes
// them.
std::vector<Property> common_properties() {
    return {{"AssociatedRoles", Shape::objects, in_place, false, role_members},
            {"AutoMinorVersionUpgrade", Shape::flag},
            {"BackupRetentionPeriod", Shape::number},
            {"CopyTagsToSnapshot", Shape::flag},
            {"DBSubnetGroupName", Shape::text, replacement},
            {"DatabaseInsightsMode"},
            {"DeleteAutomatedBackups", Shape::flag},
            {"DeletionProtection", Shape::flag},
            {"Domain"},
            {"DomainIAMRoleName"},
            {"EnableCloudwatchLogsExports", Shape::texts},
            {"EnableIAMDatabaseAuthentication", Shape::flag},
            {"EngineLifecycleSupport"},
            {"EngineVersion"},
            {"KmsKeyId", Shape::text, replacement},
            {"ManageMasterUserPassword", Shape::flag},
            {"MasterUserPassword"},
            {"MasterUsername", Shape::text, replacement},
            {"MonitoringInterval", Shape::number},
            {"MonitoringRoleArn"},
            {"NetworkType"},
            {"PreferredBackupWindow"},
            {"PreferredMaintenanceWindow"},
            {"StorageEncrypted", Shape::flag, replacement},
            {"StorageType"},
            {"Tags", Shape::tags, in_place, false, tag_members}};
}

std::vector<Property> with_common(std::vector<Property> more) {
    std::vector<Property> all = common_properties();
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

Type database_type(std::string_view name, const DatabaseKind& kind) {
    Type type;
    type.name = name;
    type.name_property = kind.kind == "DBCluster" ? "DBClusterIdentifier" : "DBInstanceIdentifier";
    type.name_max = 63;
    type.lower_case = true;
    type.exists = [&kind](const Job& job) {
        return is_there(job.api.call(rds, "Describe" + kind.kind + 's', {{kind.member, job.name}}));
    };
    type.create = [&kind](const Job& job) { return create_database(kind, job); };
    type.fill = [&kind](const Job& job) { return change_roles(kind, job, "AddRoleTo", job.properties); };
    type.update = [&kind](const Job& job) { return update_database(kind, job); };
    type.remove = [&kind](const Job& job) { return remove_database(kind, job); };
    type.gone = [&kind](const Job& job) { return is_database_gone(kind, job); };
    return type;
}

Type cluster_type() {
    Type type = database_type("AWS::RDS::DBCluster", cluster_kind);
    type.properties = with_common({{"AvailabilityZones", Shape::texts, replacement},
                                   {"BacktrackWindow", Shape::number},
                                   {"DBClusterIdentifier", Shape::text, replacement},
                                   {"DBClusterParameterGroupName"},
                                   {"DBInstanceParameterGroupName"},
                                   {"DatabaseName", Shape::text, replacement},
                                   {"EnableGlobalWriteForwarding", Shape::flag},
                                   {"EnableHttpEndpoint", Shape::flag},
                                   {"EnableLocalWriteForwarding", Shape::flag},
                                   {"Engine", Shape::text, replacement, true},
                                   {"EngineMode", Shape::text, replacement},
                                   {"PerformanceInsightsEnabled", Shape::flag},
                                   {"PerformanceInsightsKmsKeyId"},
                                   {"PerformanceInsightsRetentionPeriod", Shape::number},
                                   {"Port", Shape::number},
                                   {"ServerlessV2ScalingConfiguration", Shape::object, in_place, false,
                                    "MaxCapacity MinCapacity SecondsUntilAutoPause"},
                                   {"VpcSecurityGroupIds", Shape::texts}});
    type.attributes = {"DBClusterArn",  "DBClusterResourceId",        "Endpoint.Address",
                       "Endpoint.Port", "MasterUserSecret.SecretArn", "ReadEndpoint.Address"};
    type.settle = settle_cluster;
    return type;
}

Type instance_type() {
    Type type = database_type("AWS::RDS::DBInstance", instance_kind);
    type.properties = with_common({{"AllocatedStorage", Shape::number},
                                   {"AllowMajorVersionUpgrade", Shape::flag},
                                   {"ApplyImmediately", Shape::flag},
                                   {"AvailabilityZone", Shape::text, replacement},
                                   {"CACertificateIdentifier"},
                                   {"DBClusterIdentifier", Shape::text, replacement},
                                   {"DBInstanceClass"},
                                   {"DBInstanceIdentifier", Shape::text, replacement},
                                   {"DBName", Shape::text, replacement},
                                   {"DBParameterGroupName"},
                                   {"DedicatedLogVolume", Shape::flag},
                                   {"EnablePerformanceInsights", Shape::flag},
                                   {"Engine", Shape::text, replacement},
                                   {"Iops", Shape::number},
                                   {"LicenseModel"},
                                   {"MaxAllocatedStorage", Shape::number},
                                   {"MultiAZ", Shape::flag},
                                   {"OptionGroupName"},
                                   {"PerformanceInsightsKMSKeyId"},
                                   {"PerformanceInsightsRetentionPeriod", Shape::number},
                                   {"Port", Shape::number, replacement},
                                   {"PromotionTier", Shape::number},
                                   {"PubliclyAccessible", Shape::flag},
                                   {"StorageThroughput", Shape::number},
                                   {"VPCSecurityGroups", Shape::texts}});
    type.attributes = {"CertificateDetails.CAIdentifier",
                       "DBInstanceArn",
                       "DbiResourceId",
                       "Endpoint.Address",
                       "Endpoint.HostedZoneId",
                       "Endpoint.Port",
                       "MasterUserSecret.SecretArn"};
    type.settle = settle_instance;
    return type;
}

}  // namespace

std::vector<Type> database_types() {
    return {cluster_type(), instance_type()};
}

}  // namespace countersign::cloudformation
