#include "cli/alias.h"

#include <fmt/format.h>
#include <pwd.h>

#include <memory>

#include "attach/pam_service.h"
#include "base/text.h"
#include "cli/api_answers.h"
#include "cli/output.h"
#include "client/json_members.h"
#include "databases/endpoints.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct AliasArgs {
    std::string name;
    std::string database;
    std::string endpoint;
    std::string region;
    std::string agent;
    std::string user = "postgres";
    std::string directory = "/";
    bool json = false;
};

std::string region_of(const CommandLine& line, const AliasArgs& words) {
    if (!words.region.empty()) return words.region;
    const Result<client::ApiTarget> target =
        client::find_target(line.data_dir, client::process_environment());
    return target ? target->region : std::string();
}

Result<void> add_alias_command(const CommandLine& line, const AliasArgs& words) {
    TRY(ask(line, "AddEndpointAlias",
            {{"DBIdentifier", words.database},
             {"Endpoint", words.endpoint},
             {"Region", region_of(line, words)}}));
    return {};
}

Result<void> remove(const CommandLine& line, const AliasArgs& words) {
    TRY(ask(line, "RemoveEndpointAlias",
            {{"DBIdentifier", words.database},
             {"Endpoint", words.endpoint},
             {"Region", region_of(line, words)}}));
    return {};
}

Result<void> list(const CommandLine& line, const AliasArgs& words) {
    const auto answer = TRY(ask(line, "ListEndpointAliases",
                                {{"DBIdentifier", words.database}, {"Region", region_of(line, words)}}));
    const json::array aliases = members_of(answer, "Aliases");
    if (words.json) {
        print_json(json::object{{"Aliases", aliases}});
        return {};
    }
    print_line("{:<30}{}", "DATABASE", "ALIAS");
    for (const json::value& alias : aliases)
        print_line("{:<30}{}", cell(client::text_in(alias, "DBIdentifier")),
                   cell(client::text_in(alias, "Endpoint")));
    return {};
}

Result<unsigned> user_id(const std::string& name) {
    if (const passwd* account = ::getpwnam(name.c_str())) return account->pw_uid;
    return Error{Fault::invalid, fmt::format("--user {}: there is no such user on this host", name)};
}

// The service file that the pooler's host needs, for a person to put there.
std::string next_steps(const json::object& pooler) {
    const auto at = [&](std::string_view member) { return printable(client::text_in(pooler, member)); };
    return fmt::format(
        "{0} is {1}: policies name dbuser:{1}/USER, tokens name {2}:{3}.\n"
        "PgBouncer's service file, /etc/pam.d/pgbouncer (root's, mode 0644):\n\n{4}\n"
        "pgbouncer.ini needs auth_type = pam and client_tls_sslmode = require.\n",
        at("PoolerName"), at("ResourceId"), at("Host"), at("Port"),
        attach::service_text({at("PoolerName"),
                              std::string(attach::module_directory_default) + '/' + attach::module_name,
                              at("AgentSocket"), "pooler=tls"}));
}

Result<void> add_one(const CommandLine& line, const AliasArgs& words) {
    const auto endpoint = databases::parse_endpoint(words.endpoint);
    if (!endpoint) return Error{Fault::invalid, fmt::format("--endpoint {}: not HOST:PORT", words.endpoint)};
    const unsigned owner = TRY(user_id(words.user));
    const auto answer = TRY(ask(line, "RegisterPooler",
                                {{"PoolerName", words.name},
                                 {"DBIdentifier", words.database},
                                 {"Region", region_of(line, words)},
                                 {"Host", endpoint->host},
                                 {"Port", std::to_string(endpoint->port)},
                                 {"Owner", std::to_string(owner)},
                                 {"WorkingDirectory", words.directory},
                                 {"Agent", words.agent}}));
    const json::object pooler = texts_of(answer.select_node("//Pooler").node());
    if (words.json)
        print_json(json::object{{"Pooler", pooler}});
    else
        print_lines(next_steps(pooler));
    return {};
}

Result<void> remove_one(const CommandLine& line, const AliasArgs& words) {
    TRY(ask(line, "DeregisterPooler", {{"PoolerName", words.name}, {"Region", region_of(line, words)}}));
    return {};
}

Result<void> list_all(const CommandLine& line, const AliasArgs& words) {
    const auto answer = TRY(ask(line, "ListPoolers", {{"Region", region_of(line, words)}}));
    const json::array poolers = members_of(answer, "Poolers");
    if (words.json) {
        print_json(json::object{{"Poolers", poolers}});
        return {};
    }
    print_line("{:<20}{:<20}{:<34}{}", "POOLER", "DATABASE", "RESOURCE", "ENDPOINT");
    for (const json::value& pooler : poolers)
        print_line("{:<20}{:<20}{:<34}{}:{}", cell(client::text_in(pooler, "PoolerName")),
                   cell(client::text_in(pooler, "DBIdentifier")), cell(client::text_in(pooler, "ResourceId")),
                   cell(client::text_in(pooler, "Host")), cell(client::text_in(pooler, "Port")));
    return {};
}

using AliasAction = Result<void> (*)(const CommandLine&, const AliasArgs&);

CLI::App& command_of(CLI::App& parent, CommandLine& line, const std::string& name, const std::string& help,
                     const std::pair<std::shared_ptr<AliasArgs>, AliasAction>& act) {
    CLI::App& command = *parent.add_subcommand(name, help);
    add_data_dir(command, line);
    command.add_option("--region", act.first->region, "region of the database");
    on_chosen(command, line, [&line, act] { return act.second(line, *act.first); });
    return command;
}

}  // namespace

void add_alias(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand("alias", "further names that tokens for a database may carry");
    command.require_subcommand(1);
    const auto words = std::make_shared<AliasArgs>();
    CLI::App& adding = command_of(command, line, "add", "declares a name; the next login knows it",
                                  {words, add_alias_command});
    CLI::App& removing = command_of(command, line, "remove", "takes a name back", {words, remove});
    for (CLI::App* one : {&adding, &removing}) {
        one->add_option("database", words->database, "identifier of the cluster or instance")->required();
        one->add_option("endpoint", words->endpoint, "HOST:PORT as clients name it")->required();
    }
    CLI::App& listing = command_of(command, line, "list", "all aliases", {words, list});
    listing.add_option("database", words->database, "only of this cluster or instance");
    listing.add_flag("--json", words->json, "JSON instead of a table");
}

void add_pooler(CLI::App& app, CommandLine& line) {
    CLI::App& command =
        *app.add_subcommand("pooler", "PgBouncer in front of a database, with tokens of its own");
    command.require_subcommand(1);
    const auto words = std::make_shared<AliasArgs>();
    CLI::App& adding = command_of(command, line, "add", "registers a pooler and prints its PAM service file",
                                  {words, add_one});
    adding.add_option("name", words->name, "a name for the pooler")->required();
    adding.add_option("--database", words->database, "identifier of the cluster or instance behind it")
        ->required();
    adding.add_option("--endpoint", words->endpoint, "HOST:PORT at which clients find the pooler")
        ->required();
    adding.add_option("--user", words->user, "whose process the pooler is")->capture_default_str();
    adding.add_option("--directory", words->directory, "where that process works")->capture_default_str();
    adding.add_option("--agent", words->agent,
                      "name of the `countersign agent` on the pooler's host; default: the one inside serve");
    adding.add_flag("--json", words->json, "JSON instead of the next steps");
    command_of(command, line, "remove", "forgets a pooler: its tokens are refused", {words, remove_one})
        .add_option("name", words->name, "the pooler")
        ->required();
    command_of(command, line, "list", "all poolers", {words, list_all})
        .add_flag("--json", words->json, "JSON instead of a table");
}

}  // namespace countersign::cli
