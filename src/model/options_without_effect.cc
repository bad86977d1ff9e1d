#include "model/options_without_effect.h"

#include <algorithm>
#include <array>

namespace countersign::model {

namespace {

constexpr std::array option_table = std::to_array<OptionWithoutEffect>({
    {option::storage_encryption, Promise::safety, "StorageEncrypted, KmsKeyId", "StorageEncrypted",
     "data is encrypted only where the file system below it is"},
    {option::multi_az, Promise::safety, "MultiAZ", "MultiAZ", "there is one server, and no standby"},
    {option::engine_minor_version, Promise::safety, "EngineVersion", "EngineVersion",
     "a later minor version runs, the one that is installed"},
    {"performance-insights", Promise::nothing,
     "EnablePerformanceInsights, PerformanceInsightsRetentionPeriod, PerformanceInsightsKMSKeyId",
     "EnablePerformanceInsights", "nothing is collected"},
    {"enhanced-monitoring", Promise::nothing, "MonitoringInterval, MonitoringRoleArn", "MonitoringInterval",
     "nothing is collected, and the role is not assumed"},
    {"ca-certificate", Promise::nothing, "CACertificateIdentifier", "CACertificateIdentifier",
     "certificates are issued by this server's own authority"},
    {"master-secret-key", Promise::nothing, "MasterUserSecretKmsKeyId", "MasterUserSecretKmsKeyId",
     "the secret is sealed with this server's own key"},
    {"event-subscriptions", Promise::nothing, "CreateEventSubscription", "",
     "events are kept for aws rds describe-events alone, and nothing is published"},
    {option::associated_roles, Promise::nothing, "AddRoleToDBCluster, AddRoleToDBInstance", "",
     "the role is not assumed"},
    {"serverless-capacity", Promise::nothing, "ServerlessV2ScalingConfiguration, the class db.serverless",
     "ServerlessV2MaxCapacity", "the machine's own capacity is there"},
    {"domain-membership", Promise::nothing,
     "Domain, DomainIAMRoleName, DomainFqdn, DomainOu, DomainAuthSecretArn, DomainDnsIps", "Domain",
     "no directory is joined, and nobody logs in by Kerberos"},
});

bool is_switched_on(const PassthroughAttributes& kept, std::string_view name) {
    const auto found = kept.find(std::string(name));
    return found != kept.end() && !found->second.empty() && found->second != "false" && found->second != "0";
}

std::vector<std::string_view> with_roles(const PassthroughAttributes& kept, bool roles) {
    std::vector<std::string_view> on;
    for (const OptionWithoutEffect& one : option_table)
        if ((!one.kept.empty() && is_switched_on(kept, one.kept)) ||
            (roles && one.name == option::associated_roles))
            on.push_back(one.name);
    return on;
}

}  // namespace

std::span<const OptionWithoutEffect> options_without_effect() {
    return option_table;
}

const OptionWithoutEffect& option_without_effect(std::string_view name) {
    return *std::ranges::find(option_table, name, &OptionWithoutEffect::name);
}

std::vector<std::string_view> options_on(const PassthroughAttributes& kept) {
    return with_roles(kept, false);
}

std::vector<std::string_view> options_on(const DBCluster& cluster) {
    return with_roles(cluster.kept, !cluster.roles.empty());
}

std::vector<std::string_view> options_on(const DBInstance& instance) {
    return with_roles(instance.kept, !instance.roles.empty());
}

}  // namespace countersign::model
