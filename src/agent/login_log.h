// The file of the audit: one JSON line for every attempt, allowed or refused, and every end of a session.
// Never holds a token, a signature or a secret. Safe to call from any thread.
#pragma once

#include <filesystem>
#include <string>

#include "agent/login_entry.h"
#include "base/result.h"

namespace countersign::agent {

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
