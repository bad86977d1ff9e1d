#include "cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace countersign::cli {

namespace {

std::vector<std::string> words_of(const CLI::App& command) {
    std::vector<std::string> words;
    for (const CLI::App* nested : command.get_subcommands([](const CLI::App*) { return true; }))
        words.push_back(nested->get_name());
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    return words;
}

std::string bash_script(const CLI::App& app) {
    std::string cases;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        cases += fmt::format("        {}) words=\"{}\" ;;\n", command->get_name(),
                             joined(words_of(*command), " "));
    return fmt::format(
        "_countersign() {{\n    local words=\"{}\"\n    if [ \"$COMP_CWORD\" -gt 1 ]; then\n"
        "        case \"${{COMP_WORDS[1]}}\" in\n{}        esac\n    fi\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\")\n}}\n"
        "complete -F _countersign countersign\n",
        joined(words_of(app), " "), cases);
}

std::string fish_script(const CLI::App& app) {
    std::string script = "complete -c countersign -f\n";
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        script += fmt::format("complete -c countersign -n __fish_use_subcommand -a {} -d '{}'\n",
                              command->get_name(), command->get_description());
        for (const CLI::Option* option : command->get_options())
            for (const std::string& name : option->get_lnames())
                script += fmt::format("complete -c countersign -n '__fish_seen_subcommand_from {}' -l {}\n",
                                      command->get_name(), name);
    }
    return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
    if (shell == "fish") return fish_script(app);
    // zsh takes bash's script through its own bridge.
    const std::string bridge = shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
    return bridge + bash_script(app);
}

}  // namespace countersign::cli
