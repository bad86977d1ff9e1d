#include "services/rds/servers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/secret.h"
#include "databases/managed_secrets.h"
#include "formats/encoding.h"
#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/passthrough.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace {

// Minor versions are upgraded with the packages of the machine.
bool is_same_family(const model::Server& server, const databases::EngineVersion& version) {
    return family_of(server.engine, version.text()) == family_of(server.engine, server.engine_version);
}

Result<databases::EngineVersion> checked_target(const model::Server& server,
                                                const databases::EngineVersion& version, bool allowed) {
    const std::optional<databases::EngineVersion> now =
        databases::parse_engine_version(server.engine_version);
    if (server.attached || !now || version.major < now->major)
        return invalid_combination(fmt::format("Cannot upgrade {} from {} to {}", server.engine,
                                               server.engine_version, version.text()));
    if (!allowed)
        return invalid_combination(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.");
    return version;
}

// Of the data of another one. The verifier is sealed for one server alone.
Result<NewServer> server_like(const Deps& deps, const model::Server& before, const std::string& resource_id) {
    NewServer server;
    server.resource_id = resource_id;
    server.engine = before.engine;
    server.master_username = before.master_username;
    const Secret verifier = TRY(deps.sealing.open(before.master_verifier, before.resource_id));
    server.master_verifier = deps.sealing.seal(verifier, resource_id, deps.random);
    server.database_name = before.database_name;
    return server;
}

}  // namespace

std::string sealed_verifier(const Deps& deps, const Secret& password, const std::string& resource_id) {
    return databases::sealed_verifier({deps.sealing, deps.random, Instant()}, password, resource_id);
}

model::Server make_server(const NewServer& wanted, const databases::EngineVersion& version,
                          const databases::PortChoice& port) {
    model::Server server;
    server.resource_id = wanted.resource_id;
    server.engine = wanted.engine;
    server.engine_version = version.text();
    server.host = port.host;
    server.port = port.port;
    server.own_host = port.own_host;
    server.database_name = wanted.database_name;
    server.master_username = wanted.master_username;
    server.master_verifier = wanted.master_verifier;
    server.iam_enabled = wanted.iam_enabled;
    server.origin = wanted.origin;
    server.source = wanted.source;
    return server;
}

std::string new_replication_password(const Deps& deps, const std::string& resource_id) {
    constexpr std::size_t bytes = 32;
    return deps.sealing.seal(Secret(formats::hex(deps.random.bytes(bytes))), resource_id, deps.random);
}

Result<NewServer> server_following(const Deps& deps, const model::Server& source,
                                   const std::string& resource_id, bool iam_enabled) {
    NewServer server = TRY(server_like(deps, source, resource_id));
    server.source = source.resource_id;
    server.iam_enabled = iam_enabled;
    return server;
}

Result<NewServer> server_from(const Deps& deps, const RestoreSource& restored, const std::string& resource_id,
                              const std::optional<bool>& iam_enabled) {
    const model::Server& before = restored.snapshot.server;
    NewServer server = TRY(server_like(deps, before, resource_id));
    server.origin = restored.origin;
    server.iam_enabled = iam_enabled.value_or(before.iam_enabled);
    return server;
}

Result<void> check_authentication_type(const std::optional<std::string>& type) {
    if (!type || *type == "password") return {};
    return invalid_combination(
        "MasterUserAuthenticationType iam-db-auth is not supported here. Give the master user a password, "
        "enable IAM "
        "database authentication and grant rds_iam to the master user.");
}

std::string option_group_name(std::string_view engine, const std::string& version) {
    const std::string family = family_of(engine, version);
    return fmt::format("default:{}-{}", engine, std::string_view(family).substr(engine.size()));
}

Error option_group_not_found(std::string_view name) {
    return Error{Fault::not_found, fmt::format("OptionGroup not found: {}", name),
                 "OptionGroupNotFoundFault"};
}

Result<void> check_option_group(const std::optional<std::string>& name) {
    if (!name || name->starts_with("default:")) return {};
    return option_group_not_found(*name);
}

Result<GroupUse> use_cluster_parameter_group(store::Store& store, const gateway::Call& call,
                                             const WantedParameters& wanted) {
    auto use = use_parameter_group(
        store, call,
        {cluster_parameter_group_kind, family_of(wanted.engine, wanted.engine_version), wanted.group});
    if (use || use.error().fault != Fault::not_found) return use;
    return Error{Fault::not_found, use.error().message, "DBClusterParameterGroupNotFound"};
}

Result<GroupUse> use_instance_parameter_group(store::Store& store, const gateway::Call& call,
                                              const WantedParameters& wanted) {
    return use_parameter_group(
        store, call, {parameter_group_kind, family_of(wanted.engine, wanted.engine_version), wanted.group});
}

Result<model::Server> server_of(store::Store& store, const model::DBInstance& instance) {
    if (instance.server) return *instance.server;
    const auto cluster = TRY(store::load<model::DBCluster>(
        store, model::keys::cluster(instance.account, instance.region, instance.cluster)));
    if (!cluster) return cluster_not_found(instance.cluster);
    return cluster->record.server;
}

Result<void> check_authority(const std::optional<std::string>& id) {
    if (!id || *id == authority_id) return {};
    return Error{Fault::not_found,
                 fmt::format("CertificateIdentifier {} not found; there is {}.", *id, authority_id),
                 "CertificateNotFound"};
}

Result<ChosenVersion> choose_version(const Deps& deps, std::string_view engine,
                                     const std::optional<std::string>& asked) {
    auto found = deps.versions.find(engine, asked.value_or(""));
    if (found) return ChosenVersion{*std::move(found), std::nullopt};
    const auto& option = model::option_without_effect(model::option::engine_minor_version);
    const auto runner = deps.versions.runner_of(asked.value_or(""));
    if (!runner || !deps.option_policy.takes(option)) return std::move(found).error();
    return ChosenVersion{*runner, asked};
}

std::string shown_version(const model::Server& server, const model::PassthroughAttributes& kept) {
    return echoed_text(kept, "EngineVersion").value_or(server.engine_version);
}

Result<UpgradeTarget> change_version(const Deps& deps, const model::Server& server, const AskedVersion& asked,
                                     model::PassthroughAttributes& kept) {
    if (!asked.version || *asked.version == shown_version(server, kept)) return UpgradeTarget();
    UpgradeTarget target;
    if (*asked.version != server.engine_version) {
        const ChosenVersion chosen = TRY(choose_version(deps, server.engine, asked.version));
        if (!is_same_family(server, chosen.runs))
            target = TRY(checked_target(server, chosen.runs, asked.allows_major));
        else if (chosen.shown) {
            kept["EngineVersion"] = *chosen.shown;
            return UpgradeTarget();
        }
    }
    kept.erase("EngineVersion");
    return target;
}

Result<void> check_group_for_upgrade(const UpgradeTarget& target, std::string_view noun,
                                     const std::string& current, const std::optional<std::string>& given) {
    if (!target || current.empty() || given) return {};
    return invalid_combination(fmt::format(
        "The current DB {0} parameter group {1} is custom. You must explicitly specify a new DB {0} "
        "parameter group, either default or custom, for the engine version upgrade.",
        noun, current));
}

Result<void> check_class_of_member(const model::DBCluster& cluster, std::string_view instance_class) {
    if (instance_class != serverless_class || cluster.kept.contains("ServerlessV2MaxCapacity")) return {};
    return invalid_combination(
        "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless "
        "v2 DB instance.");
}

Result<void> check_member_version(const Deps& deps, const model::DBCluster& cluster,
                                  const std::optional<std::string>& asked) {
    const std::string shown = shown_version(cluster.server, cluster.kept);
    if (!asked || *asked == shown) return {};
    const ChosenVersion chosen = TRY(choose_version(deps, cluster.server.engine, asked));
    if (!chosen.shown && is_same_family(cluster.server, chosen.runs)) return {};
    return invalid_combination(
        fmt::format("The engine version that you requested for your DB instance ({}) does not match the "
                    "engine version of your DB cluster ({}).",
                    *asked, shown));
}

std::vector<std::string> changed_exports(std::vector<std::string> exports,
                                         const std::vector<std::string>& enabled,
                                         const std::vector<std::string>& disabled) {
    std::erase_if(exports, [&](const std::string& type) { return std::ranges::count(disabled, type) > 0; });
    for (const std::string& type : enabled)
        if (std::ranges::count(exports, type) == 0) exports.push_back(type);
    std::ranges::sort(exports);
    return exports;
}

}  // namespace countersign::rds
