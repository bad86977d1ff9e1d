// The audit of logins: one JSON line for every attempt, allowed or refused, appended to one file.
// Never holds a token, a signature or a secret. Safe to call from any thread.
#pragma once

#include <boost/describe.hpp>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace countersign::agent {

// One attempt. An empty text means that it is not known, or does not apply.
struct LoginEntry {
    std::string time;            // 2026-01-01T00:00:00.000Z
    std::string login_id;        // 16 characters; PostgreSQL's log names the same
    std::string database;        // identifier of the cluster or instance
    std::string resource_id;     // cluster-… or db-…
    std::string database_name;   // inside the server
    std::string user;            // who wanted to be
    std::string source_address;  // of the client; empty over a unix socket
    std::string principal_arn;   // who signed, once the signature was right
    std::string access_key_id;   // as the token names it
    std::string decision;        // allowed | refused
    std::string check;           // the check that failed
    std::string reason;          // in words
    std::string policy;          // the policy and statement that decided
    std::int64_t backend_pid = 0;
};
BOOST_DESCRIBE_STRUCT(LoginEntry, (),
                      (time, login_id, database, resource_id, database_name, user, source_address,
                       principal_arn, access_key_id, decision, check, reason, policy, backend_pid))

class LoginLog {
public:
    // Opens for appending, mode 0600, made when absent.
    static Result<LoginLog> open(const std::filesystem::path& file);
    LoginLog(LoginLog&& other) noexcept;
    LoginLog& operator=(LoginLog&&) = delete;
    ~LoginLog();

    // The whole line or an error: what cannot be recorded must not be let in.
    Result<void> append(const LoginEntry& entry) const;

private:
    explicit LoginLog(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

}  // namespace countersign::agent
