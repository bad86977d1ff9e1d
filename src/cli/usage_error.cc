#include "cli/usage_error.h"

#include <fmt/format.h>

#include <string_view>

#include "cli/help/command_help.h"

namespace countersign::cli {

namespace {

constexpr const char* config_option = "--config";

std::string config_file_error(const CLI::App& app, std::string_view words) {
    constexpr std::string_view unknown = "INI was not able to parse ";  // CLI11's words before the key
    constexpr std::string_view table_begins = ".++";
    const std::string file = app.get_option(config_option)->as<std::string>();
    if (!words.starts_with(unknown)) return fmt::format("{}: {}", file, words);
    const std::string_view key = words.substr(unknown.size());
    if (key.ends_with(table_begins))
        return fmt::format("{}: there is no command for the table [{}]", file,
                           key.substr(0, key.size() - table_begins.size()));
    const std::size_t dot = key.rfind('.');
    if (dot == std::string_view::npos)
        return fmt::format("{}: {} stands in no table; options of serve belong below [serve]", file, key);
    return fmt::format("{}: there is no option {} in the table [{}]", file, key.substr(dot + 1),
                       key.substr(0, dot));
}

}  // namespace

void add_config_file(CLI::App& app) {
    app.set_config(config_option, "", "read options from a TOML file");
    app.allow_config_extras(CLI::config_extras_mode::error);
}

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
    if (dynamic_cast<const CLI::ConfigError*>(&error) != nullptr) return config_file_error(app, error.what());
    const CLI::App* chosen = &app;
    while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
    std::string name = chosen->get_name();
    for (const CLI::App* above = chosen->get_parent(); above != nullptr; above = above->get_parent())
        name.insert(0, above->get_name() + " ");
    const std::vector<std::string> unknown = app.remaining(true);
    if (!unknown.empty() && !unknown[0].starts_with('-') &&
        !chosen->get_subcommands([](const CLI::App*) { return true; }).empty()) {
        const std::string meant = nearest_command(help_of(*chosen), unknown[0]);
        return fmt::format("there is no command {}{}; see {} --help", unknown[0],
                           meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant), name);
    }
    return fmt::format("{}; see {} --help", error.what(), name);
}

}  // namespace countersign::cli
