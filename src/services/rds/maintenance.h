// Maintenance that waits: changes that were asked for without ApplyImmediately, shown as pending actions, and
// applied before their window. Source: RDS API Reference, PendingMaintenanceAction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

struct WaitingAction {
    std::string action;  // db-upgrade | system-update
    std::string description;
    friend bool operator==(const WaitingAction&, const WaitingAction&) = default;
};
// What waits for the maintenance window of a server; none while it is being applied. Pure.
std::vector<WaitingAction> waiting_actions(const model::Server& server);

// When a window opens next, or opened if it is open; nothing for what is no window. Pure.
std::optional<Instant> next_opening(const std::string& window, Instant now);

Result<api::PendingMaintenanceActionsMessage> describe_pending_maintenance(
    const Deps& deps, const gateway::Call& call, const api::DescribePendingMaintenanceActionsMessage& input);
Result<api::ApplyPendingMaintenanceActionResult> apply_pending_maintenance(
    const Deps& deps, const gateway::Call& call, const api::ApplyPendingMaintenanceActionMessage& input);

}  // namespace countersign::rds
