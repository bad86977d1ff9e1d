// IAM roles that are associated with features of a database. They are kept; nothing assumes them.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<gateway::Nothing> add_role_to_cluster(const Deps& deps, const gateway::Call& call,
                                             const api::AddRoleToDBClusterMessage& input);
Result<gateway::Nothing> add_role_to_instance(const Deps& deps, const gateway::Call& call,
                                              const api::AddRoleToDBInstanceMessage& input);
Result<gateway::Nothing> remove_role_from_cluster(const Deps& deps, const gateway::Call& call,
                                                  const api::RemoveRoleFromDBClusterMessage& input);
Result<gateway::Nothing> remove_role_from_instance(const Deps& deps, const gateway::Call& call,
                                                   const api::RemoveRoleFromDBInstanceMessage& input);

}  // namespace countersign::rds
