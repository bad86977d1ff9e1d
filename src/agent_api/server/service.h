// The paths that agents ask (agent/remote_protocol.h): one row each. Safe to call from any thread.
#pragma once

#include "agent_api/server/contacts.h"
#include "agent_api/server/desk.h"
#include "agent_api/server/door.h"
#include "agent_api/server/polls.h"
#include "agent_api/server/rates.h"
#include "base/log.h"
#include "http/server.h"

namespace countersign::agent_api::server {

class Service {
public:
    // Everything must outlive it.
    struct Surroundings {
        const Door& door;
        Desk& desk;
        Polls& polls;
        Contacts& contacts;
        Rates& rates;
        const Log& log;
    };

    explicit Service(const Surroundings& around) : around_(around) {}

    void answer(const http::Request& request, const http::Answer& answer) const;

private:
    Result<http::Response> enrol(const http::Request& request) const;
    Result<http::Response> ask(const http::Request& request, const Asker& asker) const;

    const Surroundings around_;
};

}  // namespace countersign::agent_api::server
