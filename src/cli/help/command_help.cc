#include "cli/help/command_help.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/letters_apart.h"
#include "base/text.h"

namespace countersign::cli {

namespace {

// CLI11 writes what IsMember takes as TEXT:{one,other}.
std::vector<std::string> choices_of(const std::string& type) {
    const std::size_t open = type.find(":{");
    if (open == std::string::npos || !type.ends_with('}')) return {};
    std::vector<std::string> choices;
    const std::string list = type.substr(open + 2, type.size() - open - 3);
    for (const std::string_view choice : split(list, ',')) choices.emplace_back(choice);
    return choices;
}

OptionHelp option_help(const CLI::Option& option) {
    OptionHelp help;
    help.positional = option.get_positional();
    if (help.positional) help.names.push_back(option.get_name(true));
    for (const std::string& name : option.get_lnames()) help.names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) help.names.push_back("-" + name);
    help.description = option.get_description();
    const bool takes_value = option.get_type_size() != 0;
    if (!takes_value) return help;
    const std::string type = option.get_type_name();
    help.choices = choices_of(type);
    help.operand = type.substr(0, type.find(':'));
    help.default_value = option.get_default_str();
    return help;
}

CommandHelp help_below(const CLI::App& app, std::vector<std::string> words) {
    CommandHelp help;
    help.words = std::move(words);
    help.description = app.get_description();
    help.footer = app.get_footer();
    for (const CLI::Option* option : app.get_options()) help.options.push_back(option_help(*option));
    for (const CLI::App* nested : app.get_subcommands([](const CLI::App*) { return true; })) {
        std::vector<std::string> below = help.words;
        below.push_back(nested->get_name());
        help.commands.push_back(help_below(*nested, std::move(below)));
    }
    return help;
}

}  // namespace

CommandHelp help_of(const CLI::App& app) {
    return help_below(app, {});
}

std::vector<const CommandHelp*> commands_of(const CommandHelp& help) {
    std::vector<const CommandHelp*> all = {&help};
    for (const CommandHelp& nested : help.commands)
        for (const CommandHelp* command : commands_of(nested)) all.push_back(command);
    return all;
}

std::string nearest_command(const CommandHelp& help, const std::string& word) {
    std::string nearest;
    std::size_t least = 3;
    for (const CommandHelp& command : help.commands) {
        const std::size_t away = letters_apart(word, command.words.back());
        if (away < least) nearest = command.words.back();
        least = std::min(least, away);
    }
    return nearest;
}

}  // namespace countersign::cli
