// What CLI11 knows of the commands, as plain data: shell completion and the man pages are made of it.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace countersign::cli {

struct OptionHelp {
    std::vector<std::string> names;  // --data-dir, -h; of a positional its one name, without dashes
    bool positional = false;
    std::string operand;  // what its value is called, as --help shows it; empty for a flag
    std::vector<std::string> choices;
    std::string default_value;
    std::string description;
};

struct CommandHelp {
    std::vector<std::string> words;  // "agents", "list"; none for the program itself
    std::string description;
    std::string footer;
    std::vector<OptionHelp> options;
    std::vector<CommandHelp> commands;
};

CommandHelp help_of(const CLI::App& app);

// The command and all below it, the outer one first.
std::vector<const CommandHelp*> commands_of(const CommandHelp& help);

// The name of the nested command that is meant by a mistyped one: at most two letters away. Empty where there
// is none.
std::string nearest_command(const CommandHelp& help, const std::string& word);

}  // namespace countersign::cli
