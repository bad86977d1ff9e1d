// The paths that agents ask (agent_api/protocol/protocol.h): one row each. Safe to call from any thread.
#pragma once

#include "agent_api/server/agent_authenticator.h"
#include "agent_api/server/agent_heartbeats.h"
#include "agent_api/server/long_polls.h"
#include "agent_api/server/rates.h"
#include "agent_api/server/record_service.h"
#include "base/log.h"
#include "http/server.h"

namespace countersign::agent_api::server {

class Service {
public:
    // Everything must outlive it.
    struct Deps {
        const AgentAuthenticator& authenticator;
        RecordService& records;
        LongPolls& polls;
        AgentHeartbeats& heartbeats;
        Rates& rates;
        const Log& log;
    };

    explicit Service(const Deps& deps) : deps_(deps) {}

    void answer(const http::Request& request, const http::Answer& answer) const;

private:
    Result<http::Response> enrol(const http::Request& request) const;
    Result<http::Response> ask(const http::Request& request, const AgentIdentity& identity) const;

    const Deps deps_;
};

}  // namespace countersign::agent_api::server
