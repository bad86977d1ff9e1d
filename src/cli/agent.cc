#include "cli/agent.h"

#include <fmt/format.h>

#include <memory>

#include "agent_api/client/identity.h"
#include "base/text.h"
#include "cli/agent_options.h"
#include "cli/daemon_options.h"
#include "cli/output.h"
#include "client/api_client.h"
#include "crypto/digest.h"
#include "crypto/thumbprint.h"
#include "formats/json.h"
#include "http/client.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

constexpr auto authority_patience = std::chrono::seconds(30);

struct DaemonWords {
    AgentOptions options;
    long stale_for = 3600;
};

Result<void> run_daemon(const CommandLine& line, DaemonWords& words) {
    AgentOptions& options = words.options;
    options.stale_for = std::chrono::seconds(words.stale_for);
    return line.daemons.agent(options);
}

Result<pugi::xml_document> ask_about_agents(const CommandLine& line, std::string_view action,
                                            formats::Parameters parameters = {}) {
    const client::ApiTarget target = TRY(client::find_target(line.data_dir, client::process_environment()));
    std::erase_if(parameters, [](const formats::Parameter& given) { return given.second.empty(); });
    return client::ApiClient(target).call(client::Api::countersign, action, parameters);
}

// SHA-256 of the authority's certificate, as the server itself gives it to us.
Result<std::string> authority_digest(const client::ApiTarget& target) {
    const http::Request request{"GET", "/global-bundle.pem", {}, "", ""};
    const http::Response response =
        TRY(http::fetch(target.url, request, authority_patience, target.ca_bundle));
    if (response.status != 200)
        return Error{Fault::unavailable, "the server does not give out its certificate authority"};
    const std::string der = TRY(crypto::certificate_der(response.body));
    return crypto::sha256_hex(der);
}

struct TokenWords {
    std::string name;
    long valid = 3600;
    std::vector<std::string> accounts;
    bool json = false;
};

Result<void> make_token(const CommandLine& line, const TokenWords& words) {
    const client::ApiTarget target = TRY(client::find_target(line.data_dir, client::process_environment()));
    formats::Parameters parameters{{"AgentName", words.name}, {"ValidSeconds", std::to_string(words.valid)}};
    for (std::size_t i = 0; i < words.accounts.size(); ++i)
        parameters.emplace_back(fmt::format("AccountIds.member.{}", i + 1), words.accounts[i]);
    const auto answer = TRY(ask_about_agents(line, "CreateAgentToken", std::move(parameters)));
    const auto text_at = [&](const char* path) {
        return std::string(answer.select_node(path).node().child_value());
    };
    agent_api::client::EnrolmentToken token;
    token.secret = text_at("//Secret");
    token.authority_digest = TRY(authority_digest(target));
    if (words.json) {
        print_json(json::object{{"Token", agent_api::client::text_of(token)},
                                {"AgentName", words.name},
                                {"Expires", text_at("//Expires")}});
        return {};
    }
    print_line(Shown(agent_api::client::text_of(token)));
    note_line(
        compose("good for one agent until {}; on the database's host: countersign agent --control-plane "
                "HOST:PORT --token TOKEN",
                text_at("//Expires")));
    return {};
}

Result<void> revoke_agent(const CommandLine& line, const std::string& name) {
    TRY(ask_about_agents(line, "DeleteAgent", {{"AgentName", name}}));
    return {};
}

std::vector<std::string> texts_in(const pugi::xml_node& node, const char* list) {
    std::vector<std::string> texts;
    for (const pugi::xml_node one : node.child(list).children()) texts.emplace_back(one.child_value());
    return texts;
}

json::object agent_in(const pugi::xml_node& node) {
    json::object agent;
    for (const char* name : {"AgentName", "Address", "EnrollDate", "LastSeen", "CertificateUntil"})
        agent[name] = node.child_value(name);
    for (const char* list : {"AccountIds", "DBIdentifiers"}) {
        const std::vector<std::string> texts = texts_in(node, list);
        agent[list] = json::array(texts.begin(), texts.end());
    }
    return agent;
}

void print_row(const pugi::xml_node& node) {
    const std::vector<std::string> databases = texts_in(node, "DBIdentifiers");
    const auto text = [&](const char* name) { return cell(node.child_value(name)); };
    print_line("{:<24}{:<22}{:<22}{:<18}{:<14}{}", text("AgentName"), text("LastSeen"),
               text("CertificateUntil"), text("Address"), joined(texts_in(node, "AccountIds"), ","),
               databases.empty() ? "-" : joined(databases, ","));
}

Result<void> list_agents(const CommandLine& line, bool as_json) {
    const auto answer = TRY(ask_about_agents(line, "ListAgents"));
    const pugi::xpath_node_set found = answer.select_nodes("//Agents/member");
    if (as_json) {
        json::array agents;
        for (const pugi::xpath_node& agent : found) agents.push_back(agent_in(agent.node()));
        print_json(json::object{{"Agents", std::move(agents)}});
        return {};
    }
    print_line("{:<24}{:<22}{:<22}{:<18}{:<14}{}", "AGENT", "LAST SEEN", "CERTIFICATE UNTIL", "ADDRESS",
               "ACCOUNTS", "SERVERS");
    for (const pugi::xpath_node& agent : found) print_row(agent.node());
    return {};
}

}  // namespace

void add_agent(CLI::App& app, CommandLine& line) {
    auto words = std::make_shared<DaemonWords>();
    CLI::App& command = *app.add_subcommand("agent", "the login daemon of one database host");
    AgentOptions& options = words->options;
    command.add_option("--control-plane", options.control_plane,
                       "HOST:PORT of `countersign serve --agents`; default: where it enrolled");
    command.add_option("--token", options.token, "what `countersign agent-token` printed; needed once")
        ->envname("COUNTERSIGN_AGENT_TOKEN");
    command.add_option("--name", options.name, "a name for this agent; default: the host's");
    command.add_option(
        "--state-dir", options.state_dir,
        "its key, certificate and log of logins (default: /var/lib/countersign-agent for root, "
        "$XDG_DATA_HOME/countersign-agent otherwise)");
    command.add_option("--user", options.user,
                       "whom to become when started as root; default: stay root, as servers of several users "
                       "need");
    command.add_option("--run-dir", options.run_dir,
                       "where its sockets are (default: /run/countersign for root, run below the state "
                       "directory otherwise)");
    add_postgres_directories(command, options.postgres_socket_dirs);
    command.add_option("--metrics", options.metrics, "HOST:PORT, of this host alone, to serve /metrics at");
    command
        .add_option("--stale-for", words->stale_for,
                    "how long logins of known access keys go on without the control plane")
        ->transform(in_seconds())
        ->type_name("DURATION")
        ->default_str("1h");
    add_agent_options(command, options.agent);
    add_log_level(command, options.log_level);
    on_chosen(command, line, [&line, words] { return run_daemon(line, *words); });
}

void add_agent_token(CLI::App& app, CommandLine& line) {
    auto words = std::make_shared<TokenWords>();
    auto revoked = std::make_shared<std::string>();
    CLI::App& command = *app.add_subcommand("agent-token", "a token that enrols the agent of one host");
    command.require_subcommand(0, 1);
    add_data_dir(command, line);
    command.add_option("--name", words->name,
                       "the one agent that it enrols, in the place of one of that name");
    command
        .add_option("--account", words->accounts,
                    "an account whose servers it will answer for; may be given several times; default: the "
                    "caller's own, or those of the agent that it replaces")
        ->type_name("ID");
    command.add_option("--valid", words->valid, "how long it may be used: 60s to 7d")
        ->transform(in_seconds())
        ->type_name("DURATION")
        ->default_str("1h");
    command.add_flag("--json", words->json, "JSON instead of the token alone");
    CLI::App& revoke = *command.add_subcommand("revoke", "removes an agent; it is refused at once");
    add_data_dir(revoke, line);
    revoke.add_option("name", *revoked, "the agent")->required();
    command.callback([&line, words, &revoke] {
        if (!revoke.parsed()) line.action = [&line, words] { return make_token(line, *words); };
    });
    on_chosen(revoke, line, [&line, revoked] { return revoke_agent(line, *revoked); });
}

void add_agents(CLI::App& app, CommandLine& line) {
    auto as_json = std::make_shared<bool>(false);
    CLI::App& command = *app.add_subcommand("agents", "the agents of other hosts");
    add_data_dir(command, line);
    command.add_flag("--json", *as_json, "JSON instead of a table");
    on_chosen(command, line, [&line, as_json] { return list_agents(line, *as_json); });
}

}  // namespace countersign::cli
