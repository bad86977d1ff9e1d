// Changes to a server that are asked for now and come into force later: what waits for the maintenance
// window, what is applied at once, and which status that shows. Pure. Source: RDS API Reference,
// ModifyDBCluster and ModifyDBInstance, ApplyImmediately.
#pragma once

#include <optional>
#include <string>

#include "databases/versions.h"
#include "model/rds.h"

namespace countersign::rds {

// To another major version, with the parameter groups that are in force from then on.
struct Upgrade {
    std::string engine_version;
    std::string parameter_group;         // empty: the default one
    std::string member_parameter_group;  // of a cluster's instances, likewise
};

struct AskedChanges {
    std::optional<bool> iam_enabled;
    std::string master_verifier;          // sealed; empty when the password stays
    std::optional<Upgrade> upgrade = {};  // to the version in force: one that waits is taken back
    bool apply_immediately = false;       // these changes and every one that waits
};

// A version that was given, and what it came to. To the one that runs takes an upgrade that waits back.
struct GroupsOfUpgrade {
    std::string own;
    std::string members = {};
};
std::optional<Upgrade> upgrade_asked_for(const model::Server& server, const std::optional<std::string>& given,
                                         const std::optional<databases::EngineVersion>& target,
                                         const GroupsOfUpgrade& groups);

// Merges what is asked into what waits. Asking for the value in force takes a waiting change back. True when
// the changes are to be applied now.
bool ask_for(model::Server& server, const AskedChanges& asked);

// The status of a cluster or instance whose changes are being applied.
model::DatabaseStatus status_while_changing(const model::PendingChanges& pending);

}  // namespace countersign::rds
