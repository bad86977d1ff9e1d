#include "services/rds/password_key.h"

#include "services/rds/entities.h"
#include "services/rds/passthrough.h"

namespace countersign::rds {

using gateway::Call;
using Managed = std::optional<bool>;

namespace {

bool is_managed_now(const model::PassthroughAttributes& kept) {
    return echoed_flag(kept, "ManageMasterUserPassword").value_or(false);
}

}  // namespace

Result<Managed> managed_after(const Deps&, const Call&, const api::CreateDBInstanceMessage& input) {
    if (input.DBClusterIdentifier) return Managed();
    return Managed(input.ManageMasterUserPassword.value_or(false));
}

Result<Managed> managed_after(const Deps& deps, const Call& call, const api::ModifyDBClusterMessage& input) {
    if (input.ManageMasterUserPassword) return input.ManageMasterUserPassword;
    const auto found = find_cluster(deps.store, call, *input.DBClusterIdentifier);
    if (!found && found.error().fault != Fault::not_found) return found.error();
    return Managed(found && is_managed_now(found->record.kept));
}

Result<Managed> managed_after(const Deps& deps, const Call& call, const api::ModifyDBInstanceMessage& input) {
    const auto found = find_instance(deps.store, call, *input.DBInstanceIdentifier);
    if (!found && found.error().fault != Fault::not_found) return found.error();
    if (found && !found->record.server) return Managed();
    if (input.ManageMasterUserPassword) return input.ManageMasterUserPassword;
    return Managed(found && is_managed_now(found->record.kept));
}

}  // namespace countersign::rds
