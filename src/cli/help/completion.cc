#include "cli/help/completion.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "cli/output.h"

namespace countersign::cli {

namespace {

// All three scripts first walk the words before the cursor: each that continues a command's path makes it
// longer
// ("/agents/list"). What can follow is a table by that path.

std::string path_of(const CommandHelp& command) {
    std::string path;
    for (const std::string& word : command.words) path += "/" + word;
    return path;
}

// The patterns of a `case` that stand for every command below the program.
std::string all_paths(const CommandHelp& help, std::string_view separator) {
    std::vector<std::string> paths;
    for (const CommandHelp* command : commands_of(help))
        if (!command->words.empty()) paths.push_back(path_of(*command));
    return joined(paths, separator);
}

std::string quoted(std::string_view text, std::string_view quote_inside) {
    std::string quoted = "'";
    for (const char letter : text)
        quoted += letter == '\'' ? std::string(quote_inside) : std::string(1, letter);
    return quoted + "'";
}

bool is_for_names(const OptionHelp& option) {
    return !option.positional && !option.names.empty();
}

// The values that a word can have at this place: those of the positionals that name their choices.
std::vector<std::string> positional_choices(const CommandHelp& command) {
    std::vector<std::string> choices;
    for (const OptionHelp& option : command.options)
        if (option.positional) choices.insert(choices.end(), option.choices.begin(), option.choices.end());
    return choices;
}

// `branch` makes one branch of a shell's `case` for an option that takes a value; its pattern is "PATH
// OPTION".
template <typename Branch>
std::string value_branches(const CommandHelp& help, const Branch& branch) {
    std::string text;
    for (const CommandHelp* command : commands_of(help))
        for (const OptionHelp& option : command->options) {
            if (!is_for_names(option) || option.operand.empty()) continue;
            std::vector<std::string> patterns;
            for (const std::string& name : option.names)
                patterns.push_back(fmt::format("\"{} {}\"", path_of(*command), name));
            text += branch(joined(patterns, "|"), option.choices);
        }
    return text;
}

std::string bash_words(const CommandHelp& command) {
    std::vector<std::string> words = positional_choices(command);
    for (const CommandHelp& nested : command.commands) words.push_back(nested.words.back());
    for (const OptionHelp& option : command.options)
        if (is_for_names(option)) words.insert(words.end(), option.names.begin(), option.names.end());
    return joined(words, " ");
}

constexpr const char* bash_frame = R"(_countersign() {{
    local at= words= word current=${{COMP_WORDS[COMP_CWORD]}}
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$at/$word" in {}) at=$at/$word ;; esac
    done
    COMPREPLY=()
    case "$at ${{COMP_WORDS[COMP_CWORD-1]}}" in
{}        *) case "$at" in
{}            esac ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _countersign countersign
)";

std::string bash_script(const CommandHelp& help) {
    const std::string values = value_branches(help, [](const std::string& pattern,
                                                       const std::vector<std::string>& choices) {
        return fmt::format("        {}) {} ;;\n", pattern,
                           choices.empty() ? "return" : fmt::format("words=\"{}\"", joined(choices, " ")));
    });
    std::string places;
    for (const CommandHelp* command : commands_of(help))
        places +=
            fmt::format("            \"{}\") words=\"{}\" ;;\n", path_of(*command), bash_words(*command));
    return fmt::format(bash_frame, all_paths(help, "|"), values, places);
}

std::string zsh_entry(const std::string& word, const std::string& description) {
    std::string text = word + ':';
    for (const char letter : description) {
        if (letter == ':') text += '\\';
        text += letter;
    }
    return quoted(text, R"('\'')");
}

constexpr const char* zsh_frame = R"(#compdef countersign
_countersign() {{
    local at= word
    local -a commands options
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        case "$at/$word" in {}) at=$at/$word ;; esac
    done
    case "$at ${{words[CURRENT-1]}}" in
{}    esac
    case "$at" in
{}    esac
    _describe -t commands command commands
    _describe -o -t options option options
    _files
}}
if [ "$funcstack[1]" = _countersign ]; then _countersign "$@"; else compdef _countersign countersign; fi
)";

std::string zsh_place(const CommandHelp& command) {
    std::vector<std::string> commands;
    std::vector<std::string> options;
    for (const std::string& choice : positional_choices(command)) commands.push_back(zsh_entry(choice, ""));
    for (const CommandHelp& nested : command.commands)
        commands.push_back(zsh_entry(nested.words.back(), nested.description));
    for (const OptionHelp& option : command.options)
        if (is_for_names(option)) options.push_back(zsh_entry(option.names.front(), option.description));
    return fmt::format("        \"{}\") commands=({}) options=({}) ;;\n", path_of(command),
                       joined(commands, " "), joined(options, " "));
}

std::string zsh_script(const CommandHelp& help) {
    const std::string values =
        value_branches(help, [](const std::string& pattern, const std::vector<std::string>& choices) {
            return fmt::format("        {}) {}; return ;;\n", pattern,
                               choices.empty() ? "_files" : "compadd -- " + joined(choices, " "));
        });
    std::string places;
    for (const CommandHelp* command : commands_of(help)) places += zsh_place(*command);
    return fmt::format(zsh_frame, all_paths(help, "|"), values, places);
}

constexpr const char* fish_frame = R"(function __countersign_at
    set -l at
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
            case {}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c countersign -f
)";

std::string fish_option(const OptionHelp& option) {
    std::string words;
    for (const std::string& name : option.names)
        words += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.choices.empty()) return words + " -x -a " + quoted(joined(option.choices, " "), R"(\')");
    return option.operand.empty() ? words : words + " -r -F";
}

std::string fish_place(const CommandHelp& command) {
    const std::string head =
        fmt::format("complete -c countersign -n '__countersign_at \"{}\"'", path_of(command));
    std::string text;
    for (const std::string& choice : positional_choices(command))
        text += fmt::format("{} -a {}\n", head, choice);
    for (const CommandHelp& nested : command.commands)
        text +=
            fmt::format("{} -a {} -d {}\n", head, nested.words.back(), quoted(nested.description, R"(\')"));
    for (const OptionHelp& option : command.options)
        if (is_for_names(option))
            text +=
                fmt::format("{}{} -d {}\n", head, fish_option(option), quoted(option.description, R"(\')"));
    return text;
}

std::string fish_script(const CommandHelp& help) {
    std::string text = fmt::format(fish_frame, all_paths(help, " "));
    for (const CommandHelp* command : commands_of(help)) text += fish_place(*command);
    return text;
}

}  // namespace

std::string completion_script(const CommandHelp& help, const std::string& shell) {
    if (shell == "fish") return fish_script(help);
    return shell == "zsh" ? zsh_script(help) : bash_script(help);
}

void add_completion(CLI::App& app, CommandLine& line) {
    auto shell = std::make_shared<std::string>("bash");
    CLI::App& command = *app.add_subcommand("completion", "prints a completion script for bash, zsh or fish");
    command.add_option("shell", *shell, "bash, zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}));
    on_chosen(command, line, [&app, shell]() -> Result<void> {
        print_lines(completion_script(help_of(app), *shell));
        return {};
    });
}

}  // namespace countersign::cli
