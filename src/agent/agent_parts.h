// What the agent holds of a server and of a login that it answers: of agent.cc and users_on_demand.cc alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.h"
#include "base/descriptor.h"
#include "base/secret.h"
#include "databases/server_view.h"
#include "login/verdict.h"

namespace countersign::agent {

// One server. Immutable.
struct Agent::ServerEntry {
    databases::ServerView view;
    login::Server server;
};

// What was decided, and what else is needed to act on it.
struct Agent::LoginDecision {
    login::Verdict verdict;
    Instant at;
    Monotonic began;
    std::uint64_t notifications = 0;                   // when nothing had been looked up yet
    std::shared_ptr<const login::LoginRecord> record;  // of the key that the token claims
    std::string session_token;                         // that belongs to the key
    std::string token_digest;                          // of a token that is used up now
    bool clients_fault = true;                         // of a refusal
    std::string_view note;                             // for the audit, behind the reason
    std::uint16_t wire_version = 0;                    // in which was asked
};

// One login as it was asked for, with what the kernel says of who asks. Stays where it is: the attempt's
// token points into the message.
struct Agent::LoginRequest {
    LoginRequest(Descriptor from, std::shared_ptr<const ServerEntry> at)
        : connection(std::move(from)), server_entry(std::move(at)) {}
    LoginRequest(const LoginRequest&) = delete;
    LoginRequest& operator=(const LoginRequest&) = delete;

    Descriptor connection;
    std::shared_ptr<const ServerEntry> server_entry;
    Monotonic came = std::chrono::steady_clock::now();
    Secret message;
    login::Attempt attempt;
    std::uint16_t wire_version = 0;
    std::string login_id;
    int backend_pid = 0;
    std::string database_name;  // these two are the client's own words
    std::string application_name;
    std::optional<std::vector<std::string>> groups_on_demand;  // the user is to be made; none: it is there
};

}  // namespace countersign::agent
