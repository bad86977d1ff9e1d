// Operations on live sessions that came in by token: listing them, and ordering every agent to end some.
#pragma once

#include <string>
#include <vector>

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

Result<api::ListSessionsResponse> list_sessions(const Deps& deps, const gateway::Call& call,
                                                const api::ListSessionsRequest& input);

// Answers with the sessions that are meant. The order lies in the store until every agent must have seen it.
Result<api::EndSessionsResponse> end_sessions(const Deps& deps, const gateway::Call& call,
                                              const api::EndSessionsRequest& input);

// What these are authorised on: the databases that are named, or whose sessions are; else every database.
std::vector<std::string> listed_databases(const Deps& deps, const gateway::Call& call,
                                          const api::ListSessionsRequest& input);
std::vector<std::string> databases_meant(const Deps& deps, const gateway::Call& call,
                                         const api::EndSessionsRequest& input);

}  // namespace countersign::admin
