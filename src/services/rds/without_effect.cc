#include "services/rds/without_effect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "model/arn.h"
#include "services/rds/describe.h"
#include "services/rds/passthrough.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

namespace {

// The certificate authorities of RDS. Source: RDS User Guide, "Using SSL/TLS to encrypt a connection".
constexpr std::array<std::string_view, 4> authorities_of_rds = {"rds-ca-2019", "rds-ca-ecc384-g1",
                                                                "rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1"};

constexpr double capacity_step = 0.5;  // Aurora User Guide, "Aurora Serverless v2 capacity"
constexpr double capacity_max = 256;
constexpr double top_capacity_min = 1;

bool is_capacity(const std::optional<double>& units, double least) {
    return !units || (*units >= least && *units <= capacity_max && std::fmod(*units, capacity_step) == 0);
}

}  // namespace

OptionNames turned_on(const OptionNames& before, OptionNames after) {
    std::erase_if(after, [&](std::string_view name) { return std::ranges::count(before, name) > 0; });
    return after;
}

Result<void> check_taken(const Deps& deps, const OptionNames& options) {
    for (const std::string_view name : options) {
        const model::OptionWithoutEffect& option = model::option_without_effect(name);
        if (!deps.option_policy.takes(option))
            return invalid_combination(fmt::format(
                "{} is not supported here: {}. The server takes it without effect when it is started with "
                "--accept-without-effect {}.",
                option.parameters, option.sentence, name));
    }
    return {};
}

void report_options(const Deps& deps, const Call& call, const databases::EventSource& source,
                    const OptionNames& options, store::Transaction& transaction) {
    for (const std::string_view name : options) {
        if (deps.option_policy.is_true(name)) continue;
        const model::OptionWithoutEffect& option = model::option_without_effect(name);
        const std::string message =
            fmt::format("{} has no effect here ({}): {}", option.parameters, name, option.sentence);
        transaction.writes.push_back(databases::event_of(source, message, call.now, deps.random));
    }
}

void report_place(const Deps& deps, const Call& call, const databases::EventSource& source,
                  const AskedPlace& asked, store::Transaction& transaction) {
    const model::Server& server = asked.server;
    if (!asked.port || (*asked.port == server.port && !server.own_host)) return;
    const std::string message =
        server.own_host
            ? fmt::format("Port {} is at {}, a host of this database alone", server.port, server.host)
            : fmt::format("Port {} is in use; the database has port {}", *asked.port, server.port);
    transaction.writes.push_back(databases::event_of(source, message, call.now, deps.random));
}

void echo_encryption(model::PassthroughAttributes& kept, const Call& call, const AskedEncryption& asked) {
    echo_attribute(kept, "StorageEncrypted", asked.on);
    if (!asked.key) return;
    const bool bare = !asked.key->starts_with("arn:") && !asked.key->starts_with("alias/");
    const std::string resource = bare ? "key/" + *asked.key : *asked.key;
    kept["StorageEncrypted"] = "true";
    kept["KmsKeyId"] = asked.key->starts_with("arn:")
                           ? *asked.key
                           : model::Arn{std::string(model::partition_of(call.region)), "kms", call.region,
                                        call.account(), resource}
                                 .text();
}

Result<void> check_certificate_authority(const std::optional<std::string>& id) {
    if (!id || *id == authority_id || std::ranges::count(authorities_of_rds, *id) > 0) return {};
    return Error{Fault::not_found, fmt::format("CertificateIdentifier {} not found.", *id),
                 "CertificateNotFound"};
}

// Source: RDS API Reference, CreateDBInstance: 7, 731, or a number of months of 31 days from 1 to 23.
Result<void> check_insights_retention(const std::optional<std::int64_t>& days) {
    constexpr std::int64_t month = 31;
    constexpr std::int64_t months_max = 23;
    if (!days || *days == 7 || *days == 731) return {};
    if (*days > 0 && *days % month == 0 && *days / month <= months_max) return {};
    return invalid_value(fmt::format(
        "Invalid Performance Insights retention period. Valid values are: [7, 31, 62, 93, 124, 155, 186, "
        "217, 248, 279, 310, 341, 372, 403, 434, 465, 496, 527, 558, 589, 620, 651, 682, 713, 731]"));
}

Result<void> check_capacity(const std::optional<api::ServerlessV2ScalingConfiguration>& capacity) {
    if (!capacity) return {};
    if (!is_capacity(capacity->MinCapacity, 0) || !is_capacity(capacity->MaxCapacity, top_capacity_min))
        return invalid_value(fmt::format(
            "Serverless v2 capacity is from 0 to {} units in steps of {}, and its maximum at least {}.",
            capacity_max, capacity_step, top_capacity_min));
    if (capacity->MinCapacity.value_or(0) > capacity->MaxCapacity.value_or(capacity_max))
        return invalid_combination(
            "The minimum of the Serverless v2 capacity must not be greater than its maximum.");
    return {};
}

Result<void> check_monitoring_change(const model::PassthroughAttributes& kept,
                                     const std::optional<std::int64_t>& interval,
                                     const std::optional<std::string>& role) {
    if (!interval && !role) return {};
    const std::int64_t seconds = interval.value_or(echoed_number(kept, "MonitoringInterval").value_or(0));
    const bool is_kept = seconds != 0 && !role;
    return check_monitoring(seconds, is_kept ? echoed_text(kept, "MonitoringRoleArn") : role);
}

Result<void> check_backtrack(const std::optional<std::int64_t>& window) {
    if (window.value_or(0) == 0) return {};
    return invalid_combination("Backtrack is not supported for the engine aurora-postgresql.");
}

}  // namespace countersign::rds
