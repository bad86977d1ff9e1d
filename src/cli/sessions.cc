#include "cli/sessions.h"

#include <fmt/format.h>

#include <memory>

#include "cli/output.h"
#include "client/api_client.h"
#include "client/json_members.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct SessionsArgs {
    std::vector<std::string> login_ids;
    std::string database;
    std::string region;
    std::string user;
    std::string principal;
    std::string access_key;
    std::string before;
    bool all = false;
    bool dry_run = false;
    bool json = false;
};

Result<json::array> ask_about_sessions(const CommandLine& line, std::string_view action,
                                       const SessionsArgs& words, formats::Parameters parameters) {
    client::ApiTarget target = TRY(client::find_target(line.data_dir, client::process_environment()));
    const std::string region = words.region.empty() ? target.region : words.region;
    parameters.insert(parameters.end(), {{"DBIdentifier", words.database},
                                         {"Region", words.database.empty() ? "" : region},
                                         {"DBUser", words.user},
                                         {"PrincipalArn", words.principal}});
    std::erase_if(parameters, [](const formats::Parameter& given) { return given.second.empty(); });
    const auto answer =
        TRY(client::ApiClient(std::move(target)).call(client::Api::countersign, action, parameters));
    json::array sessions;
    for (const pugi::xpath_node found : answer.select_nodes("//Sessions/member")) {
        json::object session;
        for (const pugi::xml_node child : found.node().children())
            session[child.name()] = child.child_value();
        sessions.push_back(std::move(session));
    }
    return sessions;
}

Shown session_row(const json::value& session) {
    const auto at = [&](const char* member) { return cell(client::text_in(session, member)); };
    return compose("{:<16}  {:<24}  {:<16}  {:<16}  {:<15}  {:>7}  {:<16}  {:<12}  {}", at("LoginId"),
                   at("Since"), at("DBIdentifier"), at("DBUser"), at("SourceIp"), at("BackendPid"),
                   at("ApplicationName"), at("AgentName"), at("PrincipalArn"));
}

void print_sessions(const json::array& sessions, const SessionsArgs& words) {
    if (words.json) {
        print_json(json::object{{"Sessions", sessions}});
        return;
    }
    print_line("{:<16}  {:<24}  {:<16}  {:<16}  {:<15}  {:>7}  {:<16}  {:<12}  {}", "LOGIN", "SINCE",
               "DATABASE", "USER", "FROM", "PID", "APPLICATION", "AGENT", "WHO");
    for (const json::value& session : sessions) print_line(session_row(session));
}

Result<void> list_sessions(const CommandLine& line, const SessionsArgs& words) {
    const json::array sessions = TRY(ask_about_sessions(line, "ListSessions", words, {}));
    print_sessions(sessions, words);
    return {};
}

Result<void> end_sessions(const CommandLine& line, const SessionsArgs& words) {
    const bool chosen = !words.login_ids.empty() || !words.database.empty() || !words.user.empty() ||
                        !words.principal.empty() || !words.access_key.empty() || !words.before.empty();
    if (chosen == words.all)
        return Error{Fault::invalid,
                     "name the sessions to end by login id, --principal, --access-key, --database, --user or "
                     "--before, or end --all of them; `countersign sessions` lists them"};
    formats::Parameters parameters{{"AccessKeyId", words.access_key},
                                   {"BegunBefore", words.before},
                                   {"All", words.all ? "true" : ""},
                                   {"DryRun", words.dry_run ? "true" : ""}};
    for (std::size_t i = 0; i < words.login_ids.size(); ++i)
        parameters.emplace_back(fmt::format("LoginIds.member.{}", i + 1), words.login_ids[i]);
    const json::array sessions = TRY(ask_about_sessions(line, "EndSessions", words, std::move(parameters)));
    if (words.json || words.dry_run) print_sessions(sessions, words);
    if (!words.json)
        print_line("{} {}", counted(std::to_string(sessions.size()), "session"),
                   words.dry_run ? "would be ended" : "ended");
    return {};
}

void add_session_choice(CLI::App& command, CommandLine& line, const std::shared_ptr<SessionsArgs>& words) {
    add_data_dir(command, line);
    command.add_option("--database", words->database, "in this cluster or instance");
    command.add_option("--region", words->region, "region of that database");
    command.add_option("--user,-U", words->user, "of this database user");
    command.add_option("--principal", words->principal,
                       "of this principal, by its ARN; a role's stands for all its sessions");
    command.add_flag("--json", words->json, "JSON instead of a table");
}

}  // namespace

void add_sessions(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<SessionsArgs>();
    CLI::App& command = *app.add_subcommand("sessions", "who is logged in by token; ends sessions");
    command.require_subcommand(0, 1);
    add_session_choice(command, line, words);
    const auto chosen = std::make_shared<SessionsArgs>();
    CLI::App& end = *command.add_subcommand(
        "end", "ends sessions, on every host; those that meet every condition that is given");
    end.add_option("login-id", chosen->login_ids, "these sessions");
    add_session_choice(end, line, chosen);
    end.add_option("--access-key", chosen->access_key, "that came in with this access key");
    end.add_option("--before", chosen->before, "begun before this time, as in 2026-01-31T12:00:00Z");
    end.add_flag("--all", chosen->all, "every session of the account");
    end.add_flag("--dry-run", chosen->dry_run, "only says which");
    end.footer("Nobody is kept from logging in again: take the right away first.");
    on_chosen(end, line, [&line, chosen] { return end_sessions(line, *chosen); });
    command.callback([&line, &end, words] {
        if (!end.parsed()) line.action = [&line, words] { return list_sessions(line, *words); };
    });
}

}  // namespace countersign::cli
