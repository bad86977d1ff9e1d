// What the options of all commands are read into, and what the chosen command will do.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/daemons.h"

namespace countersign::cli {

struct CommandLine {
    const Daemons& daemons;
    std::string data_dir;
    std::vector<std::string>
        behind_dashes;  // what follows "--": for the program that a command hands over to
    std::function<Result<void>()> action;
};

inline CLI::Option& add_data_dir(CLI::App& command, CommandLine& line) {
    return *command.add_option("--data-dir", line.data_dir,
                               "the server's data directory (default: /var/lib/countersign for root, "
                               "$XDG_DATA_HOME/countersign otherwise)");
}

// When the command is chosen, the action is what will be done.
inline void on_chosen(CLI::App& command, CommandLine& line, std::function<Result<void>()> action) {
    command.callback([&line, action = std::move(action)] { line.action = action; });
}

}  // namespace countersign::cli
