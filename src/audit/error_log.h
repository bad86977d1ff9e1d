// The log iam-db-auth-error of each database whose record exports it: a line for each login that IAM
// authentication refused, in AWS's words. Logins that never come so far (no TLS, a user who is no member of
// rds_iam and so is asked for a password) have none, as on RDS. Writes with a thread of its own.
// Source: RDS User Guide, "Troubleshooting for IAM DB authentication".
//
//     DIR/RESOURCE-ID/error/iam-db-auth-error.log.2026-01-31-12    one an hour, for seven days
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "audit/entry.h"
#include "audit/queue.h"
#include "base/log.h"
#include "login/verdict.h"

namespace countersign::audit {

inline constexpr std::string_view error_log_prefix = "iam-db-auth-error.log.";

// InvalidToken, ExpiredToken, NotAuthorized, ThrottlingException or InternalError; empty for a login that was
// allowed, or that IAM authentication never saw.
std::string error_code(const login::Verdict& verdict, const login::SentToken& sent, Instant now);
std::string error_code(const LoginEntry& entry);

// Without its line end; empty for an entry that has none.
std::string error_line(const LoginEntry& entry);

class ErrorLog : public LoginListener {
public:
    // Whether a database exports this log; asked by the log's own thread.
    using Exports = std::function<bool(const LoginEntry& of_database)>;

    ErrorLog(std::filesystem::path dir, Exports exports, const Log& log);
    ~ErrorLog() override;  // writes what waits

    void on_login(const LoginEntry& entry) override;

private:
    void write(const LoginEntry& entry);
    std::filesystem::path file_for(const LoginEntry& entry);

    const std::filesystem::path dir_;
    const Exports exports_;
    const Log& log_;
    bool failing_ = false;  // of the queue's thread
    std::atomic<std::uint64_t> dropped_{0};
    LogQueue<LoginEntry> queue_;
};

}  // namespace countersign::audit
