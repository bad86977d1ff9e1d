// Operations that make a new database out of a snapshot.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::RestoreDBClusterFromSnapshotResult> restore_cluster(
    const Deps& deps, const gateway::Call& call, const api::RestoreDBClusterFromSnapshotMessage& input);
Result<api::RestoreDBInstanceFromDBSnapshotResult> restore_instance(
    const Deps& deps, const gateway::Call& call, const api::RestoreDBInstanceFromDBSnapshotMessage& input);

// The parameters that have their effect here, or none that anybody could miss.
extern const gateway::Supported restore_cluster_parameters;
extern const gateway::Supported restore_instance_parameters;

}  // namespace countersign::rds
