// One line of the audit: an attempt to log in, or the end of a session. A value; never holds a token, a
// signature or a secret.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/record.h"

namespace countersign::audit {

// What a line says of its login.
enum class Decision {
    unknown,  // the line does not say, or says what only a later version understands
    allowed,
    refused,
    ended,  // the session that a login began
    noted,  // no login: something about the audit itself, or about a server (hba_note.h)
};
BOOST_DESCRIBE_ENUM(Decision, unknown, allowed, refused, ended, noted)

std::string_view name_of(Decision decision);

// An empty text means that it is not known, or does not apply.
struct LoginEntry {
    std::string time;              // 2026-01-01T00:00:00.000Z
    std::string login_id;          // 16 characters; PostgreSQL's log names the same. Of an end: the login's
    std::string agent;             // the agent that judged; empty: the one inside `serve`
    std::string database;          // identifier of the cluster or instance
    std::string instance;          // identifier of the cluster's instance that was logged in to
    std::string resource_id;       // cluster-… or db-…
    std::string account;           // of the database
    std::string region;            // of the database
    std::string database_name;     // inside the server
    std::string user;              // who wanted to be
    std::string source_address;    // of the client; empty over a unix socket
    std::string application_name;  // as the client names itself
    std::string principal_arn;     // who signed, once the signature was right
    std::string session_name;      // of a session of a role
    std::string source_identity;   // of a session
    std::string access_key_id;     // as the token names it
    Decision decision = Decision::unknown;
    std::string check;         // the check that failed
    std::string code;          // of a refusal: AWS's code for it (error_log.h)
    std::string reason_code;   // of a refusal: login::RefusalRow::name; empty in lines of before 0.2
    std::string reason;        // in words
    std::string policy;        // the policy and statement that decided
    std::string trail;         // of a refusal by policy: policy::to_json(Explanation)
    std::string token_digest;  // of a token that is good for once; tells nothing of the token
    std::int64_t backend_pid = 0;
    std::int64_t backend_started = 0;  // when its process began, in clock ticks since the machine's start
    std::int64_t latency_us = 0;       // from the request to the verdict
};
BOOST_DESCRIBE_STRUCT(LoginEntry, (),
                      (time, login_id, agent, database, instance, resource_id, account, region, database_name,
                       user, source_address, application_name, principal_arn, session_name, source_identity,
                       access_key_id, decision, check, code, reason_code, reason, policy, trail, token_digest,
                       backend_pid, backend_started, latency_us))

// Fit to be recorded and shown: every text printable and of a bounded length (base/text.h).
LoginEntry recordable(LoginEntry entry);

}  // namespace countersign::audit

// A word of a later version spoils no other line that comes with it.
template <>
struct countersign::formats::detail::Codec<countersign::audit::Decision> {
    static void encode(audit::Decision decision, RecordWriter& into) {
        into.text(boost::describe::enum_to_string(decision, "unknown"));
    }
    static bool decode(const RecordReader& from, audit::Decision& into) {
        std::string name;
        if (!from.read(name)) return false;
        if (!boost::describe::enum_from_string(name.c_str(), into)) into = audit::Decision::unknown;
        return true;
    }
};

namespace countersign::audit {

// Hears of every line once it is in the audit. Called from any thread, several at once; must not block.
class LoginListener {
public:
    virtual ~LoginListener() = default;
    virtual void on_login(const LoginEntry& entry) = 0;
};

}  // namespace countersign::audit
