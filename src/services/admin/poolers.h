// Connection poolers (PgBouncer) in front of databases: clients log in to one by token under a resource id of
// its own (prx-…), as to an RDS Proxy.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

Result<api::RegisterPoolerResponse> register_pooler(const Deps& deps, const gateway::Call& call,
                                                    const api::RegisterPoolerRequest& input);
Result<gateway::Nothing> deregister_pooler(const Deps& deps, const gateway::Call& call,
                                           const api::PoolerNameRequest& input);
Result<api::ListPoolersResponse> list_poolers(const Deps& deps, const gateway::Call& call,
                                              const api::ListPoolersRequest& input);

}  // namespace countersign::admin
