// What an operator may ask of an agent, inside `serve` or of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/sessions/backend.h"
#include "login/verdict.h"

namespace countersign::agent {

struct Options {
    std::string name;  // of the agent; empty: the one inside `serve`
    login::ConnectContext context = login::ConnectContext::aws;
    bool aws_throttle = false;          // refuse what is over AWS's 200 new logins a second
    bool end_revoked_sessions = false;  // judge live sessions again when something changes
    std::optional<std::chrono::seconds> session_age_max = {};  // sessions end at this age
    std::chrono::seconds hba_every{30};        // between two looks at pg_hba.conf of an attached server
    std::filesystem::path sessions_file = {};  // finds live sessions again after a restart; empty: does not
    Terminate terminate = {};                  // ends backends of other users
};

}  // namespace countersign::agent
