// Attributes without effect on one's own machine: taken from a request by their API names, and given back.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "model/rds.h"

namespace countersign::rds {

inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<std::string>& value) {
    if (value) kept[name] = *value;
}
inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<std::int64_t>& value) {
    if (value) kept[name] = std::to_string(*value);
}
inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<double>& value) {
    if (value) kept[name] = fmt::format("{}", *value);
}
inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<bool>& value) {
    if (value) kept[name] = *value ? "true" : "false";
}
inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<std::vector<std::string>>& values) {
    if (values && !values->empty()) kept[name] = joined(*values, ",");
}

inline std::optional<std::string> echoed_text(const model::PassthroughAttributes& kept,
                                              const std::string& name) {
    const auto found = kept.find(name);
    return found == kept.end() ? std::nullopt : std::optional(found->second);
}
inline std::optional<std::int64_t> echoed_number(const model::PassthroughAttributes& kept,
                                                 const std::string& name) {
    const std::optional<std::string> text = echoed_text(kept, name);
    const auto number = text ? parse_number<std::uint32_t>(*text) : std::nullopt;
    return number ? std::optional<std::int64_t>(*number) : std::nullopt;
}
inline std::optional<double> echoed_fraction(const model::PassthroughAttributes& kept,
                                             const std::string& name) {
    const std::optional<std::string> text = echoed_text(kept, name);
    return text ? std::optional(std::strtod(text->c_str(), nullptr)) : std::nullopt;
}
inline std::optional<bool> echoed_flag(const model::PassthroughAttributes& kept, const std::string& name) {
    const std::optional<std::string> text = echoed_text(kept, name);
    return text ? std::optional(*text == "true") : std::nullopt;
}
inline std::vector<std::string> echoed_list(const model::PassthroughAttributes& kept,
                                            const std::string& name) {
    std::vector<std::string> values;
    const std::optional<std::string> text = echoed_text(kept, name);
    if (text)
        for (const std::string_view value : split(*text, ',')) values.emplace_back(value);
    return values;
}

// What a cluster and an instance may be given, at creation and later.
template <class Input>
void echo_common(model::PassthroughAttributes& kept, const Input& input) {
    echo_attribute(kept, "AutoMinorVersionUpgrade", input.AutoMinorVersionUpgrade);
    echo_attribute(kept, "BackupRetentionPeriod", input.BackupRetentionPeriod);
    echo_attribute(kept, "CACertificateIdentifier", input.CACertificateIdentifier);
    echo_attribute(kept, "DatabaseInsightsMode", input.DatabaseInsightsMode);
    echo_attribute(kept, "Domain", input.Domain);
    echo_attribute(kept, "DomainIAMRoleName", input.DomainIAMRoleName);
    echo_attribute(kept, "EnablePerformanceInsights", input.EnablePerformanceInsights);
    echo_attribute(kept, "EngineLifecycleSupport", input.EngineLifecycleSupport);
    echo_attribute(kept, "MonitoringInterval", input.MonitoringInterval);
    echo_attribute(kept, "MonitoringRoleArn", input.MonitoringRoleArn);
    echo_attribute(kept, "NetworkType", input.NetworkType);
    echo_attribute(kept, "PerformanceInsightsKMSKeyId", input.PerformanceInsightsKMSKeyId);
    echo_attribute(kept, "PerformanceInsightsRetentionPeriod", input.PerformanceInsightsRetentionPeriod);
    echo_attribute(kept, "StorageType", input.StorageType);
}

// What an instance may be given besides.
template <class Input>
void echo_of_any_instance(model::PassthroughAttributes& kept, const Input& input) {
    echo_common(kept, input);
    echo_attribute(kept, "AllocatedStorage", input.AllocatedStorage);
    echo_attribute(kept, "DomainAuthSecretArn", input.DomainAuthSecretArn);
    echo_attribute(kept, "DomainDnsIps", input.DomainDnsIps);
    echo_attribute(kept, "DomainFqdn", input.DomainFqdn);
    echo_attribute(kept, "DomainOu", input.DomainOu);
    echo_attribute(kept, "Iops", input.Iops);
    echo_attribute(kept, "MaxAllocatedStorage", input.MaxAllocatedStorage);
    echo_attribute(kept, "MultiAZ", input.MultiAZ);
    echo_attribute(kept, "PromotionTier", input.PromotionTier);
    echo_attribute(kept, "StorageThroughput", input.StorageThroughput);
}

// And a cluster.
template <class Input>
void echo_of_any_cluster(model::PassthroughAttributes& kept, const Input& input) {
    echo_common(kept, input);
    if (!input.ServerlessV2ScalingConfiguration) return;
    echo_attribute(kept, "ServerlessV2MinCapacity", input.ServerlessV2ScalingConfiguration->MinCapacity);
    echo_attribute(kept, "ServerlessV2MaxCapacity", input.ServerlessV2ScalingConfiguration->MaxCapacity);
    echo_attribute(kept, "ServerlessV2SecondsUntilAutoPause",
                   input.ServerlessV2ScalingConfiguration->SecondsUntilAutoPause);
}

}  // namespace countersign::rds
