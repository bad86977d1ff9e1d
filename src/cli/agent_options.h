// What `countersign agent` is told on its command line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/options.h"
#include "agent/places.h"
#include "base/log.h"

namespace countersign::cli {

struct AgentOptions {
    std::string control_plane;  // HOST:PORT; empty: where it enrolled
    std::string token;          // of an enrolment; needed once
    std::string state_dir;      // empty: the default
    std::string user;           // whom root becomes; empty: it stays root
    std::string name;           // asked for; empty: the host's
    std::string metrics;        // HOST:PORT; empty: none
    std::string run_dir;        // of its sockets; empty: the default
    std::vector<std::string> postgres_socket_dirs = agent::postgres_directories_default;
    std::chrono::seconds stale_for = std::chrono::hours(1);
    agent::Options agent;
    LogLevel log_level = LogLevel::info;
};

}  // namespace countersign::cli
