// PostgreSQL servers that somebody else runs, as DB instances. Attaching makes the record and detaching
// forgets it; what changes on the server's host is done there, by `countersign attach`.
#pragma once

#include "extension/service.h"
#include "gateway/operation.h"
#include "generated/extension.h"

namespace countersign::extension {

// Again for the same data directory: the facts are brought up to date.
Result<api::AttachedDBInstanceResponse> attach_instance(const Surroundings& around, const gateway::Call& call,
                                                        const api::AttachDBInstanceRequest& input);
Result<api::AttachedDBInstanceResponse> describe_attached(const Surroundings& around,
                                                          const gateway::Call& call,
                                                          const api::DBInstanceNameRequest& input);
Result<gateway::Nothing> detach_instance(const Surroundings& around, const gateway::Call& call,
                                         const api::DBInstanceNameRequest& input);

// Where the agent of a name listens for one resource. The one inside `serve` can answer only processes of the
// user that it runs as itself.
struct AgentPlace {
    std::string agent;  // empty: the one inside `serve`
    std::string run_directory;
    unsigned owner = 0;  // who will ask
};
AgentPlace agent_place(const std::optional<std::string>& agent, const std::optional<std::string>& run,
                       std::int64_t owner);
Result<std::string> agent_socket(const Surroundings& around, const AgentPlace& place,
                                 const std::string& resource_id);

}  // namespace countersign::extension
