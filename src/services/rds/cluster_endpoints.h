// Custom endpoints of clusters: create, describe, modify, delete.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/cluster_endpoints.h"
#include "services/rds/service.h"
#include "store/records.h"

namespace countersign::rds {

inline constexpr std::string_view cluster_endpoint_kind = "cluster-endpoint";

// By identifier or ARN; DBClusterEndpointNotFoundFault.
Result<store::Stored<model::ClusterEndpoint>> find_cluster_endpoint(store::Store& store,
                                                                    const gateway::Call& call,
                                                                    std::string_view given);

std::vector<std::string> created_cluster_endpoint(const gateway::Call& call,
                                                  const api::CreateDBClusterEndpointMessage& input);
Result<api::DBClusterEndpoint> create_cluster_endpoint(const Deps& deps, const gateway::Call& call,
                                                       const api::CreateDBClusterEndpointMessage& input);
Result<api::DBClusterEndpointMessage> describe_cluster_endpoints(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBClusterEndpointsMessage& input);
Result<api::DBClusterEndpoint> modify_cluster_endpoint(const Deps& deps, const gateway::Call& call,
                                                       const api::ModifyDBClusterEndpointMessage& input);
Result<api::DBClusterEndpoint> delete_cluster_endpoint(const Deps& deps, const gateway::Call& call,
                                                       const api::DeleteDBClusterEndpointMessage& input);

}  // namespace countersign::rds
