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
#include "rds/service.h"

namespace countersign::rds {

// The SCRAM verifier of a password that passed its check, sealed for the server.
std::string sealed_verifier(const Surroundings& around, const std::string& password,
                            const std::string& resource_id);

struct NewServer {
    std::string resource_id;
    std::string_view engine;
    std::string master_username;
    std::string master_verifier;
    std::string database_name;
    bool iam_enabled = false;
};
model::Server make_server(const Surroundings& around, const NewServer& wanted,
                          const databases::EngineVersion& version, const databases::PortChoice& port);

// Only a password: a master user that logs in with tokens alone is made by GRANT rds_iam.
Result<void> check_authentication_type(const std::optional<std::string>& type);

// There are no parameter and option groups but the default ones. What they are called in the error is given.
struct GroupName {
    std::string_view kind;  // DBClusterParameterGroup, DBParameterGroup, OptionGroup
    std::string_view code;
    std::optional<std::string> name;
};
Result<void> check_default_group(const GroupName& group);

Result<void> check_authority(const std::optional<std::string>& id);

// An engine version that is given when something is modified must be the one that it has.
Result<void> check_same_version(const Surroundings& around, const model::Server& server,
                                const std::optional<std::string>& asked);

// The log exports after some were turned on and others off.
std::vector<std::string> changed_exports(std::vector<std::string> exports,
                                         const std::vector<std::string>& enabled,
                                         const std::vector<std::string>& disabled);

// SkipFinalSnapshot and FinalDBSnapshotIdentifier: there are no snapshots, so it has to be skipped.
Result<void> check_final_snapshot(const std::optional<bool>& skip,
                                  const std::optional<std::string>& snapshot);

}  // namespace countersign::rds
