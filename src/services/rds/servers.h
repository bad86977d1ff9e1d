// The server behind a new cluster, or behind a new instance of its own; and what both refuse alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "databases/ports.h"
#include "databases/versions.h"
#include "model/rds.h"
#include "services/rds/entities.h"
#include "services/rds/service.h"
#include "services/rds/snapshot_records.h"
#include "services/rds/without_effect.h"

namespace countersign::rds {

// The SCRAM verifier of a password that passed its check, sealed for the server.
std::string sealed_verifier(const Deps& deps, const Secret& password, const std::string& resource_id);

struct NewServer {
    std::string resource_id;
    std::optional<model::Origin> origin = {};
    std::string source = {};  // resource id of the one that it follows
    std::string_view engine;
    std::string master_username;
    std::string master_verifier;
    std::string database_name;
    bool iam_enabled = false;
    store::Transaction secret = {};  // what is written of a managed password
};
model::Server make_server(const NewServer& wanted, const databases::EngineVersion& version,
                          const databases::PortChoice& port);

// By which others follow it; sealed for it.
std::string new_replication_password(const Deps& deps, const std::string& resource_id);

// The server of a read replica: the users and databases of its source.
Result<NewServer> server_following(const Deps& deps, const model::Server& source,
                                   const std::string& resource_id, bool iam_enabled);

// The server of a new database that begins with a snapshot: its master user and password, its databases.
Result<NewServer> server_from(const Deps& deps, const RestoreSource& restored, const std::string& resource_id,
                              const std::optional<bool>& iam_enabled);

// Only a password: a master user that logs in with tokens alone is made by GRANT rds_iam.
Result<void> check_authentication_type(const std::optional<std::string>& type);

// There are no option groups but the default ones, default:postgres-15. OptionGroupNotFoundFault.
std::string option_group_name(std::string_view engine, const std::string& version);
Error option_group_not_found(std::string_view name);
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

// What an engine version that is asked for comes to: what runs, and what is shown where that is another.
struct ChosenVersion {
    databases::EngineVersion runs;
    std::optional<std::string> shown;
};
Result<ChosenVersion> choose_version(const Deps& deps, std::string_view engine,
                                     const std::optional<std::string>& asked);

// The version that a server is shown with.
std::string shown_version(const model::Server& server, const model::PassthroughAttributes& kept);

// An engine version that is given when something is modified comes to the one that runs (nothing), or to a
// newer major version that is installed: an upgrade, which has to be allowed.
struct AskedVersion {
    std::optional<std::string> version;
    bool allows_major = false;
};
using UpgradeTarget = std::optional<databases::EngineVersion>;
Result<UpgradeTarget> change_version(const Deps& deps, const model::Server& server, const AskedVersion& asked,
                                     model::PassthroughAttributes& kept);

// A group that somebody chose is of the family of before, so another one has to be chosen with an upgrade.
// `noun`: cluster | instance.
Result<void> check_group_for_upgrade(const UpgradeTarget& target, std::string_view noun,
                                     const std::string& current, const std::optional<std::string>& given);

// db.serverless is for members of clusters with a capacity. Source: Aurora User Guide, "Creating a cluster
// that uses Aurora Serverless v2".
Result<void> check_class_of_member(const model::DBCluster& cluster, std::string_view instance_class);

// One that is given for a member has to be its cluster's.
Result<void> check_member_version(const Deps& deps, const model::DBCluster& cluster,
                                  const std::optional<std::string>& asked);

// The log exports after some were turned on and others off.
std::vector<std::string> changed_exports(std::vector<std::string> exports,
                                         const std::vector<std::string>& enabled,
                                         const std::vector<std::string>& disabled);

}  // namespace countersign::rds
