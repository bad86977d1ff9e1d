// PostgreSQL servers that somebody else runs, as DB instances. Attaching makes the record and detaching
// forgets it; what changes on the server's host is done there, by `countersign attach`.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

// Again for the same data directory: the facts are brought up to date.
Result<api::AttachedDBInstanceResponse> attach_instance(const Deps& deps, const gateway::Call& call,
                                                        const api::AttachDBInstanceRequest& input);
Result<api::AttachedDBInstanceResponse> describe_attached(const Deps& deps, const gateway::Call& call,
                                                          const api::DBInstanceNameRequest& input);
Result<gateway::Nothing> detach_instance(const Deps& deps, const gateway::Call& call,
                                         const api::DBInstanceNameRequest& input);

// Which agent is to answer for one resource, and to whom. The one inside `serve` can answer only processes of
// the user that it runs as itself.
struct AgentPlace {
    std::string agent;       // empty: the one inside `serve`
    unsigned owner = 0;      // who will ask
    bool was_there = false;  // it answers for the resource already
};
// The agent must be the caller's account's, and have room for another server of it.
Result<void> check_place(const Deps& deps, const gateway::Call& call, const AgentPlace& place);
// Where that agent listens for it: the agent's own setting.
Result<std::string> agent_socket(const Deps& deps, const gateway::Call& call, const AgentPlace& place,
                                 const std::string& resource_id);

}  // namespace countersign::admin
