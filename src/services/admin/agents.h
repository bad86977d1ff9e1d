// Operations on the agents of other hosts: tokens that enrol them, who they are, their end.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "model/fleet.h"
#include "services/admin/service.h"

namespace countersign::admin {

// The token's secret is shown this once.
Result<api::CreateAgentTokenResponse> create_agent_token(const Deps& deps, const gateway::Call& call,
                                                         const api::CreateAgentTokenRequest& input);
Result<api::ListAgentsResponse> list_agents(const Deps& deps, const gateway::Call& call,
                                            const gateway::Nothing& input);
// Refused from its next word on; a token that was made for it is void as well.
Result<gateway::Nothing> delete_agent(const Deps& deps, const gateway::Call& call,
                                      const api::DeleteAgentRequest& input);

// The agent, when it is one of the caller's account: NoSuchEntity for all others, whether they are there or
// not.
Result<model::FleetAgent> find_agent(const Deps& deps, const gateway::Call& call, const std::string& name);

}  // namespace countersign::admin
