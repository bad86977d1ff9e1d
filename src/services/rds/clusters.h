// Operations on clusters: create, describe, modify, delete; and on global clusters.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"
#include "services/rds/snapshot_records.h"

namespace countersign::rds {

Result<api::CreateDBClusterResult> create_cluster(const Deps& deps, const gateway::Call& call,
                                                  const api::CreateDBClusterMessage& input);
Result<api::DBClusterMessage> describe_clusters(const Deps& deps, const gateway::Call& call,
                                                const api::DescribeDBClustersMessage& input);
Result<api::ModifyDBClusterResult> modify_cluster(const Deps& deps, const gateway::Call& call,
                                                  const api::ModifyDBClusterMessage& input);
Result<api::DeleteDBClusterResult> delete_cluster(const Deps& deps, const gateway::Call& call,
                                                  const api::DeleteDBClusterMessage& input);

// The rest of a creation: of a cluster that begins with a snapshot, or with nothing.
Result<api::DBCluster> make_cluster(const Deps& deps, const gateway::Call& call,
                                    const api::CreateDBClusterMessage& input, const RestoreSource* restored);

// There are none: an empty list, and no cluster is a part of one.
Result<api::GlobalClustersMessage> describe_global_clusters(const Deps& deps, const gateway::Call& call,
                                                            const api::DescribeGlobalClustersMessage& input);

// The parameters that have their effect here, or none that anybody could miss.
extern const gateway::Supported create_cluster_parameters;
extern const gateway::Supported modify_cluster_parameters;

}  // namespace countersign::rds
