#include "services/rds/servers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/secret.h"
#include "crypto/scram.h"
#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/validation.h"

namespace countersign::rds {

std::string sealed_verifier(const Deps& deps, const std::string& password, const std::string& resource_id) {
    const Secret verifier(crypto::scram_verifier(Secret(password), deps.random));
    return deps.sealing.seal(verifier, resource_id, deps.random);
}

model::Server make_server(const Deps& deps, const NewServer& wanted, const databases::EngineVersion& version,
                          const databases::PortChoice& port) {
    model::Server server;
    server.resource_id = wanted.resource_id;
    server.engine = wanted.engine;
    server.engine_version = version.text();
    server.host = deps.ports.host;
    server.port = port.port;
    server.database_name = wanted.database_name;
    server.master_username = wanted.master_username;
    server.master_verifier = wanted.master_verifier;
    server.iam_enabled = wanted.iam_enabled;
    return server;
}

Result<void> check_authentication_type(const std::optional<std::string>& type) {
    if (!type || *type == "password") return {};
    return invalid_combination(
        "MasterUserAuthenticationType iam-db-auth is not supported here. Give the master user a password, "
        "enable IAM "
        "database authentication and grant rds_iam to the master user.");
}

Result<void> check_option_group(const std::optional<std::string>& name) {
    if (!name || name->starts_with("default:")) return {};
    return Error{Fault::not_found, fmt::format("OptionGroup not found: {}", *name),
                 "OptionGroupNotFoundFault"};
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

Result<void> check_same_version(const Deps& deps, const model::Server& server,
                                const std::optional<std::string>& asked) {
    if (!asked || *asked == server.engine_version) return {};
    const databases::EngineVersion version = TRY(deps.versions.find(*asked));
    if (version.text() == server.engine_version) return {};
    return invalid_combination(
        fmt::format("Cannot upgrade {} from {} to {}", server.engine, server.engine_version, version.text()));
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

Result<void> check_final_snapshot(const std::optional<bool>& skip,
                                  const std::optional<std::string>& snapshot) {
    if (snapshot)
        return invalid_combination(
            "Final snapshots are not supported here. Use SkipFinalSnapshot instead of "
            "FinalDBSnapshotIdentifier.");
    if (!skip.value_or(false))
        return invalid_combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.");
    return {};
}

}  // namespace countersign::rds
