// Which ARNs the operations on snapshots and restores need rights on, beside those of one noun.
#pragma once

#include <string>
#include <vector>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

std::vector<std::string> created_snapshot(const gateway::Call& call,
                                          const api::CreateDBSnapshotMessage& input);
std::vector<std::string> created_cluster_snapshot(const gateway::Call& call,
                                                  const api::CreateDBClusterSnapshotMessage& input);
std::vector<std::string> copied_snapshot(const gateway::Call& call, const api::CopyDBSnapshotMessage& input);
std::vector<std::string> copied_cluster_snapshot(const gateway::Call& call,
                                                 const api::CopyDBClusterSnapshotMessage& input);
std::vector<std::string> restored_instance(const gateway::Call& call,
                                           const api::RestoreDBInstanceFromDBSnapshotMessage& input);
std::vector<std::string> restored_cluster(const gateway::Call& call,
                                          const api::RestoreDBClusterFromSnapshotMessage& input);
gateway::Resources<api::ops::RestoreDBInstanceToPointInTime> instance_at_time(const Deps& deps);
gateway::Resources<api::ops::RestoreDBClusterToPointInTime> cluster_at_time(const Deps& deps);

}  // namespace countersign::rds
