// A cluster's instances among each other: what a new one gets, and who is the writer.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds.h"
#include "services/rds/service.h"
#include "store/store.h"

namespace countersign::rds {

// What changes with a new instance: the cluster, and in `others` the claims and instances beside it.
struct MemberJoin {
    model::DBCluster cluster;
    store::Transaction others;
};

// Where nobody is the writer, the instance takes the cluster's data; else it is a reader with data and an
// endpoint of its own, and from then on the others have endpoints of their own, too. Changes the instance.
Result<MemberJoin> join_cluster(const Deps& deps, const model::DBCluster& cluster,
                                model::DBInstance& instance);

// A host for a further endpoint of the cluster, at its port, with its claim. InvalidDBClusterStateFault: none
// is free.
Result<std::string> claim_endpoint_host(const Deps& deps, const model::Server& server,
                                        store::Transaction& claims);

// Before databases are started: instances of a version before, which shared their cluster's server, become
// readers, all but the writer. May be repeated. A cluster that cannot be changed keeps none of the others
// from it.
Result<void> separate_members(const Deps& deps);

std::vector<std::string> failed_over_cluster(const gateway::Call& call,
                                             const api::FailoverDBClusterMessage& input);
Result<api::FailoverDBClusterResult> failover_cluster(const Deps& deps, const gateway::Call& call,
                                                      const api::FailoverDBClusterMessage& input);

}  // namespace countersign::rds
