// The file of the audit: one JSON line for every attempt, allowed or refused, and every end of a session,
// each chained to the line before (log_chain.h). The chain goes on over restarts and rotation. What the log
// itself has to say (a half-written line was cut off, lines are missing) is a line of it too, with the
// decision "noted". Never holds a token, a signature or a secret. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "audit/entry.h"
#include "base/clock.h"
#include "base/result.h"

namespace countersign::audit {

// Hears of every line as it is in the file, in the order of the chain; called with the log locked, so it must
// not block.
class LineListener {
public:
    virtual ~LineListener() = default;
    virtual void written(const std::string& line, const LoginEntry& entry) = 0;
};

struct LoginLogOptions {
    std::uint64_t bytes_max = std::uint64_t{64} * 1024 * 1024;  // of a file; then a new one is begun
    std::size_t files_max = 16;                                 // the oldest are removed; 0: none
    std::vector<LineListener*> listeners = {};                  // must outlive the log
    Instant now = {};                                           // of the opening
};

class LoginLog {
public:
    // Opens for appending, mode 0600, made when absent; one server at a time. A half-written last line is cut
    // off. A log from before there was a chain is put aside.
    static Result<LoginLog> open(const std::filesystem::path& file, LoginLogOptions options = {});
    LoginLog(LoginLog&& other) noexcept;
    LoginLog& operator=(LoginLog&&) = delete;
    ~LoginLog();

    // The whole line or an error: what cannot be recorded must not be let in.
    Result<void> append(const LoginEntry& entry) const;

    const std::filesystem::path& file() const;

private:
    class Writer;
    explicit LoginLog(std::unique_ptr<Writer> writer);

    std::unique_ptr<Writer> writer_;
};

}  // namespace countersign::audit
