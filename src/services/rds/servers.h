// The server behind a new cluster, or behind a new instance of its own; and what both refuse alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "databases/ports.h"
#include "databases/versions.h"
#include "model/rds.h"
#include "services/rds/entities.h"
#include "services/rds/service.h"

namespace countersign::rds {

// The SCRAM verifier of a password that passed its check, sealed for the server.
std::string sealed_verifier(const Deps& deps, const std::string& password, const std::string& resource_id);

struct NewServer {
    std::string resource_id;
    std::string_view engine;
    std::string master_username;
    std::string master_verifier;
    std::string database_name;
    bool iam_enabled = false;
};
model::Server make_server(const Deps& deps, const NewServer& wanted, const databases::EngineVersion& version,
                          const databases::PortChoice& port);

// Only a password: a master user that logs in with tokens alone is made by GRANT rds_iam.
Result<void> check_authentication_type(const std::optional<std::string>& type);

// There are no option groups but the default ones.
Result<void> check_option_group(const std::optional<std::string>& name);

// The parameter group that a cluster, or an instance, of this engine is to have.
struct WantedParameters {
    std::string_view engine;
    std::string engine_version;
    std::optional<std::string> group;
};
Result<GroupUse> use_cluster_parameter_group(store::Store& store, const gateway::Call& call,
                                             const WantedParameters& wanted);
Result<GroupUse> use_instance_parameter_group(store::Store& store, const gateway::Call& call,
                                              const WantedParameters& wanted);

// What an instance runs on: a server of its own, or its cluster's.
Result<model::Server> server_of(store::Store& store, const model::DBInstance& instance);

Result<void> check_authority(const std::optional<std::string>& id);

// An engine version that is given when something is modified must be the one that it has.
Result<void> check_same_version(const Deps& deps, const model::Server& server,
                                const std::optional<std::string>& asked);

// The log exports after some were turned on and others off.
std::vector<std::string> changed_exports(std::vector<std::string> exports,
                                         const std::vector<std::string>& enabled,
                                         const std::vector<std::string>& disabled);

// SkipFinalSnapshot and FinalDBSnapshotIdentifier: there are no snapshots, so it has to be skipped.
Result<void> check_final_snapshot(const std::optional<bool>& skip,
                                  const std::optional<std::string>& snapshot);

}  // namespace countersign::rds
