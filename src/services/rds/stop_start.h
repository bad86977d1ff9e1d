// Databases that lie still until somebody starts them: instances of their own, and clusters as a whole.
#pragma once

#include <string>
#include <vector>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::StopDBInstanceResult> stop_instance(const Deps& deps, const gateway::Call& call,
                                                const api::StopDBInstanceMessage& input);
Result<api::StartDBInstanceResult> start_instance(const Deps& deps, const gateway::Call& call,
                                                  const api::StartDBInstanceMessage& input);
Result<api::StopDBClusterResult> stop_cluster(const Deps& deps, const gateway::Call& call,
                                              const api::StopDBClusterMessage& input);
Result<api::StartDBClusterResult> start_cluster(const Deps& deps, const gateway::Call& call,
                                                const api::StartDBClusterMessage& input);

// The instance, and the snapshot that is to be made of it first.
std::vector<std::string> stopped_instance(const gateway::Call& call, const api::StopDBInstanceMessage& input);

// The parameters that have their effect here.
extern const gateway::Supported stop_instance_parameters;
extern const gateway::Supported start_instance_parameters;

}  // namespace countersign::rds
