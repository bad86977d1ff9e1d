// How a restored database is asked for: as a new one is, with what its snapshot says where nothing is said.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "model/snapshots.h"
#include "services/rds/passthrough.h"

namespace countersign::rds {

// The data is of one major version; a later one is an upgrade of what was restored.
Result<std::string> restored_version(const model::Snapshot& snapshot,
                                     const std::optional<std::string>& asked);
Result<void> check_restored_engine(const model::Snapshot& snapshot, const std::optional<std::string>& engine);
// A database's own name cannot be given anew for PostgreSQL.
Result<void> check_restored_name(const model::Snapshot& snapshot, const std::optional<std::string>& name);

template <class T>
std::optional<T> first_of(const std::optional<T>& given, const std::optional<T>& otherwise) {
    return given ? given : otherwise;
}

// What is the same for clusters and instances.
template <class New, class Input>
void carry(New& fresh, const Input& input, const model::Snapshot& snapshot) {
    fresh.Engine = snapshot.server.engine;
    fresh.MasterUsername = snapshot.server.master_username;
    fresh.EnableIAMDatabaseAuthentication = input.EnableIAMDatabaseAuthentication;
    fresh.Port = input.Port;
    fresh.DBSubnetGroupName = input.DBSubnetGroupName;
    fresh.VpcSecurityGroupIds = input.VpcSecurityGroupIds;
    fresh.DeletionProtection = input.DeletionProtection;
    fresh.CopyTagsToSnapshot = input.CopyTagsToSnapshot;
    fresh.EnableCloudwatchLogsExports = input.EnableCloudwatchLogsExports;
    fresh.BackupRetentionPeriod =
        first_of(input.BackupRetentionPeriod, echoed_number(snapshot.kept, "BackupRetentionPeriod"));
    fresh.PreferredBackupWindow = input.PreferredBackupWindow;
    fresh.OptionGroupName = input.OptionGroupName;
    fresh.Domain = input.Domain;
    fresh.DomainIAMRoleName = input.DomainIAMRoleName;
    fresh.EngineLifecycleSupport = input.EngineLifecycleSupport;
    fresh.NetworkType = input.NetworkType;
    fresh.Tags = input.Tags;
    fresh.TagSpecifications = input.TagSpecifications;
    fresh.StorageType = first_of(input.StorageType, echoed_text(snapshot.kept, "StorageType"));
    fresh.StorageEncrypted = echoed_flag(snapshot.kept, "StorageEncrypted");
    fresh.KmsKeyId = echoed_text(snapshot.kept, "KmsKeyId");
}

template <class New, class Input>
void carry_to_cluster(New& fresh, const Input& input, const model::Snapshot& snapshot) {
    carry(fresh, input, snapshot);
    fresh.DBClusterIdentifier = input.DBClusterIdentifier;
    fresh.EngineMode = input.EngineMode;
    fresh.DBClusterParameterGroupName = input.DBClusterParameterGroupName;
    fresh.ServerlessV2ScalingConfiguration = input.ServerlessV2ScalingConfiguration;
    fresh.MonitoringInterval = input.MonitoringInterval;
    fresh.MonitoringRoleArn = input.MonitoringRoleArn;
    fresh.EnablePerformanceInsights = input.EnablePerformanceInsights;
    fresh.PerformanceInsightsKMSKeyId = input.PerformanceInsightsKMSKeyId;
    fresh.PerformanceInsightsRetentionPeriod = input.PerformanceInsightsRetentionPeriod;
    if (!input.KmsKeyId) return;
    fresh.KmsKeyId = input.KmsKeyId;
    fresh.StorageEncrypted = true;
}

template <class New, class Input>
void carry_to_instance(New& fresh, const Input& input, const model::Snapshot& snapshot) {
    carry(fresh, input, snapshot);
    fresh.DBInstanceClass = first_of(input.DBInstanceClass, echoed_text(snapshot.kept, "DBInstanceClass"));
    fresh.AllocatedStorage =
        first_of(input.AllocatedStorage, echoed_number(snapshot.kept, "AllocatedStorage"));
    fresh.Iops = first_of(input.Iops, echoed_number(snapshot.kept, "Iops"));
    fresh.StorageThroughput =
        first_of(input.StorageThroughput, echoed_number(snapshot.kept, "StorageThroughput"));
    fresh.MultiAZ = input.MultiAZ;
    fresh.PubliclyAccessible = input.PubliclyAccessible;
    fresh.AutoMinorVersionUpgrade = input.AutoMinorVersionUpgrade;
    fresh.AvailabilityZone = input.AvailabilityZone;
    fresh.LicenseModel = input.LicenseModel;
    fresh.DBParameterGroupName = input.DBParameterGroupName;
    fresh.BackupTarget = input.BackupTarget;
    fresh.CACertificateIdentifier = input.CACertificateIdentifier;
    fresh.DomainAuthSecretArn = input.DomainAuthSecretArn;
    fresh.DomainDnsIps = input.DomainDnsIps;
    fresh.DomainFqdn = input.DomainFqdn;
    fresh.DomainOu = input.DomainOu;
}

}  // namespace countersign::rds
