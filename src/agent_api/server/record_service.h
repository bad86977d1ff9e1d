// What an enrolled agent may ask for: login records of access keys, its servers; and what it brings: the
// lines of its audit. It gets only what concerns servers that are assigned to it. Safe to call from any
// thread.
#pragma once

#include "access/principals.h"
#include "agent_api/protocol/protocol.h"
#include "agent_api/server/agent_authenticator.h"
#include "agent_api/server/audit_dedup.h"
#include "agent_api/server/key_tags.h"
#include "agent_api/server/servers.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"

namespace countersign::agent_api::server {

class RecordService {
public:
    // Everything must outlive it.
    struct Deps {
        store::Store& store;
        access::Principals& principals;
        Servers& servers;
        const KeyTags& marks;
        const audit::Audit& audit;
        const Clock& clock;
        const Log& log;
    };

    explicit RecordService(const Deps& deps) : deps_(deps), heard_(deps.audit.file()) {}

    // The key derived for rds-db, that date and that region: never another service, never a date that no
    // token of now can be of, never a region without a server of this agent. Principals of accounts without
    // one there are not known, like those that do not exist.
    Result<agent_api::RecordAnswer> record(const AgentIdentity& identity,
                                           const agent_api::RecordRequest& wanted);
    Result<agent_api::ServersAnswer> servers(const AgentIdentity& identity);

    // Lines that are here already are passed over, and so are those of servers that are not the agent's, and
    // what is no line of an audit.
    Result<void> take_logins(const AgentIdentity& identity, agent_api::LoginsRequest lines);

    // Of users of one of its servers, those that nobody of its account may log in as. Fault::throttled while
    // another such question is being answered.
    Result<agent_api::IdleUsersAnswer> idle_users(const AgentIdentity& identity,
                                                  const agent_api::IdleUsersRequest& wanted);

private:
    const Deps deps_;
    AuditDedup heard_;
    Mutex looking_;  // for idle users: it takes long, and the agents' other questions wait for a free worker
};

}  // namespace countersign::agent_api::server
