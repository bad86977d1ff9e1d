// What `serve` and `agent` both take.
#pragma once

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <vector>

#include "agent/options.h"
#include "base/log.h"
#include "login/verdict.h"

namespace countersign::cli {

// An option whose value is one of these words. What it is before is its default.
template <class Value>
CLI::Option& add_daemon_choice(CLI::App& command, const std::string& name, Value& into,
                               const std::map<std::string, Value>& choices, const std::string& description) {
    CLI::Option& option = *command.add_option_function<std::string>(
        name, [&into, choices](const std::string& word) { into = choices.at(word); }, description);
    std::vector<std::string> words;
    for (const auto& [word, value] : choices) {
        words.push_back(word);
        if (value == into) option.default_str(word);
    }
    return *option.check(CLI::IsMember(words));
}

// For options in seconds: takes lengths of time as people write them, 90s, 30m, 1h or 7d; a plain number is
// seconds.
CLI::Validator in_seconds();

// What is read into must outlive the command line.
void add_agent_options(CLI::App& command, agent::Options& options);
// Where servers of the host may be asked, by PostgreSQL's own sockets.
void add_postgres_directories(CLI::App& command, std::vector<std::string>& directories);
void add_log_level(CLI::App& command, LogLevel& level);

}  // namespace countersign::cli
