// Changes to a server that are asked for now and come into force later: what waits for the maintenance
// window, what is applied at once, and which status that shows. Pure. Source: RDS API Reference,
// ModifyDBCluster and ModifyDBInstance, ApplyImmediately.
#pragma once

#include <optional>
#include <string>

#include "model/rds.h"

namespace countersign::rds {

struct AskedChanges {
    std::optional<bool> iam_enabled;
    std::string master_verifier;     // sealed; empty when the password stays
    bool apply_immediately = false;  // these changes and every one that waits
};

// Merges what is asked into what waits. Asking for the value in force takes a waiting change back. True when
// the changes are to be applied now.
bool ask_for(model::Server& server, const AskedChanges& asked);

// The status of a cluster or instance whose changes are being applied.
model::DatabaseStatus status_while_changing(const model::PendingChanges& pending);

}  // namespace countersign::rds
