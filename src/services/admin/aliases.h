// Further names that tokens for a database may carry: a tunnel, a CNAME, a load balancer, a Kubernetes
// service.
#pragma once

#include <functional>

#include "gateway/operation.h"
#include "generated/admin.h"
#include "model/rds.h"
#include "services/admin/service.h"

namespace countersign::admin {

Result<gateway::Nothing> add_alias(const Deps& deps, const gateway::Call& call,
                                   const api::EndpointAliasRequest& input);
Result<gateway::Nothing> remove_alias(const Deps& deps, const gateway::Call& call,
                                      const api::EndpointAliasRequest& input);
Result<api::ListEndpointAliasesResponse> list_aliases(const Deps& deps, const gateway::Call& call,
                                                      const api::ListEndpointAliasesRequest& input);

// The server of the cluster with that identifier, else of the instance; NoSuchEntity when there is neither.
struct Place {
    std::string region;
    std::string id;
};
Result<model::Server> find_server(const Deps& deps, const gateway::Call& call, const Place& place);

}  // namespace countersign::admin
