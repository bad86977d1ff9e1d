// The live sessions of an agent in a file of its own (mode 0600), so that they are found again after it was
// killed: a line for every session that begins or ends, rewritten as a whole from time to time. One user at a
// time; not for several threads.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/sockets.h"
#include "audit/entry.h"
#include "base/clock.h"
#include "base/result.h"

namespace countersign::agent {

// A session that came in by token, with what it takes to judge it again and to know its process.
struct LiveSession {
    audit::LoginEntry login;  // the audit's line
    Instant since;
    std::string session_token;  // belongs to a temporary access key; worth nothing without its secret
    std::string working_directory;
    std::string boot_id;
};
BOOST_DESCRIBE_STRUCT(LiveSession, (), (login, since, session_token, working_directory, boot_id))

class SessionsFile {
public:
    // An empty path keeps nothing.
    explicit SessionsFile(std::filesystem::path path) : path_(std::move(path)) {}

    // What an earlier run left; damaged lines are passed over. Call first, and rewrite() then.
    std::vector<LiveSession> load() const;
    // The file holds these and nothing else.
    Result<void> rewrite(const std::vector<const LiveSession*>& live);

    Result<void> append_begun(const LiveSession& session);
    Result<void> append_ended(const std::string& login_id);
    // Whether most of the file's lines are of sessions that have ended.
    bool is_stale(std::size_t live) const { return lines_ > 2 * live + lines_free; }

private:
    static constexpr std::size_t lines_free = 1000;

    Result<void> append(const std::string& line);

    const std::filesystem::path path_;
    Descriptor file_;
    std::uint64_t bytes_ = 0;
    std::size_t lines_ = 0;
};

}  // namespace countersign::agent
