#include "cli/run.h"

#include <fmt/format.h>

#include <iostream>

#include "cli/agent.h"
#include "cli/alias.h"
#include "cli/attach/attach.h"
#include "cli/case_lines.h"
#include "cli/command_line.h"
#include "cli/connect_info.h"
#include "cli/credentials.h"
#include "cli/directory.h"
#include "cli/doctor.h"
#include "cli/explain.h"
#include "cli/grants.h"
#include "cli/help/completion.h"
#include "cli/help/formatter.h"
#include "cli/help/manual.h"
#include "cli/import.h"
#include "cli/login.h"
#include "cli/logins.h"
#include "cli/organization.h"
#include "cli/output.h"
#include "cli/passfile.h"
#include "cli/policy.h"
#include "cli/proxy.h"
#include "cli/sealing_key.h"
#include "cli/serve.h"
#include "cli/sessions.h"
#include "cli/shell.h"
#include "cli/token.h"
#include "cli/usage_error.h"
#include "client/data_dir.h"
#include "policy/case_eval.h"

namespace countersign::cli {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct EnvArgs {
    std::string metadata;
    std::vector<std::string> services;
};

Result<void> print_env(const CommandLine& line, const EnvArgs& words) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    const client::RunningServer server = TRY(client::find_server(dir));
    if (!words.metadata.empty())
        print_lines(TRY(metadata_env_lines(dir, server, words.metadata)));
    else if (!words.services.empty())
        print_lines(env_lines_for(server, words.services));
    else
        print_lines(env_lines(server));
    return {};
}

void add_env(CLI::App& app, CommandLine& line) {
    CLI::App& command =
        *app.add_subcommand("env", "exports for the AWS CLI and SDKs: eval \"$(countersign env)\"");
    add_data_dir(command, line);
    const auto words = std::make_shared<EnvArgs>();
    CLI::Option& services = *command.add_option("--services", words->services,
                                                "these services alone, separated by commas, by "
                                                "AWS_ENDPOINT_URL_RDS and its like; all others stay AWS's");
    services.delimiter(',')->check(CLI::IsMember(services_of_aws()));
    command
        .add_flag("--metadata{container}", words->metadata,
                  "no key, but the role of serve --metadata-role, as in a container "
                  "(AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE) or on an "
                  "instance (AWS_EC2_METADATA_SERVICE_ENDPOINT)")
        ->check(CLI::IsMember({"container", "ec2"}))
        ->option_text("[=container|ec2]")
        ->excludes(&services);
    on_chosen(command, line, [&line, words] { return print_env(line, *words); });
}

Result<void> hand_to_aws(const CommandLine& line, const std::vector<std::string>& arguments) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    const client::RunningServer server = TRY(client::find_server(dir));
    return run_aws(server, arguments);
}

void add_aws(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand("aws", "runs the AWS CLI, of any version, against this server");
    command.prefix_command();
    command.footer("The server is the one in the default data directory, or in $COUNTERSIGN_DATA_DIR.");
    on_chosen(command, line, [&line, &command] { return hand_to_aws(line, command.remaining()); });
}

Result<void> hand_to_psql(const CommandLine& line, PsqlOptions& options) {
    options.arguments = line.behind_dashes;
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    const client::RunningServer server = TRY(client::find_server(dir));
    return run_psql(dir, server, options, SystemClock().now());
}

void add_psql(CLI::App& app, CommandLine& line) {
    auto options = std::make_shared<PsqlOptions>();
    CLI::App& command =
        *app.add_subcommand("psql", "makes a token for a database user and runs psql with it");
    add_connection_options(command, line, options->request);
    command.footer("What follows -- goes to psql.");
    on_chosen(command, line, [&line, options] { return hand_to_psql(line, *options); });
}

Result<void> print_token(const TokenOptions& options) {
    const std::string token =
        TRY(database_token(options, client::process_environment(), SystemClock().now()));
    print_lines(token + '\n');
    return {};
}

Result<void> judge_input(std::string (*judge)(std::string_view)) {
    judge_lines(std::cin, judge, print_json_text);
    return {};
}

void add_token(CLI::App& app, CommandLine& line) {
    auto options = std::make_shared<TokenOptions>();
    CLI::App& command = *app.add_subcommand("token", "prints what `aws rds generate-db-auth-token` prints");
    command.require_subcommand(0, 1);
    command.add_option("--hostname", options->hostname, "host of the endpoint");
    command.add_option("--port", options->port, "port of the endpoint");
    command.add_option("--username", options->username, "database user");
    command.add_option("--region", options->region, "region of the database");
    command.add_option("--profile", options->profile, "profile of the shared AWS configuration files");
    command.add_option("--data-dir", options->data_dir,
                       "where there are no credentials: the administrator's of the server there");
    CLI::App* verify =
        command.add_subcommand("verify", "judges tokens read as JSON lines from standard input");
    command.callback([&line, options, verify] {
        if (verify->parsed()) return;
        if (options->hostname.empty() || options->port == 0 || options->username.empty())
            throw CLI::ValidationError("token", "--hostname, --port and --username are required");
        line.action = [options] { return print_token(*options); };
    });
    on_chosen(*verify, line, [] { return judge_input(verify_token_line); });
}

void add_policy(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand("policy", "looks at policies");
    command.require_subcommand(1);
    CLI::App& eval = *command.add_subcommand("eval", "decides cases read as JSON lines from standard input");
    on_chosen(eval, line, [] { return judge_input(policy::evaluate_case_line); });
    add_policy_check(command, line);
}

// Takes "--" and what follows off the command line.
std::vector<std::string> cut_at_dashes(int& argc, char** argv) {
    char** const end = argv + argc;
    char** const dashes =
        std::find_if(argv, end, [](const char* word) { return std::string_view(word) == "--"; });
    if (dashes == end) return {};
    argc = static_cast<int>(dashes - argv);
    return {dashes + 1, end};
}

int parse_and_act(CLI::App& app, CommandLine& line, int argc, char** argv) {
    line.behind_dashes = cut_at_dashes(argc, argv);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& shown) {
        return app.exit(shown);
    } catch (const CLI::ParseError& error) {
        complain(usage_error(app, error));
        return exit_usage;
    }
    const Result<void> done = line.action();
    if (done) return 0;
    flush_output();
    complain(done.error().message);
    return exit_failed;
}

}  // namespace

int run(int argc, char** argv, const Daemons& daemons) {
    CLI::App app("IAM database authentication for any PostgreSQL", "countersign");
    app.formatter(help_formatter());
    app.set_version_flag("--version", "countersign " COUNTERSIGN_VERSION);
    add_config_file(app);
    app.require_subcommand(1);
    CommandLine line{daemons, {}, {}, {}};
    if (const char* dir = std::getenv("COUNTERSIGN_DATA_DIR")) line.data_dir = dir;
    add_serve(app, line);
    add_env(app, line);
    add_aws(app, line);
    add_token(app, line);
    add_psql(app, line);
    add_connect_info(app, line);
    add_pgadmin(app, line);
    add_passfile(app, line);
    add_proxy(app, line);
    add_credentials(app, line);
    add_login_and_logout(app, line);
    add_whoami(app, line);
    add_logins(app, line);
    add_sessions(app, line);
    add_explain(app, line);
    add_policy(app, line);
    add_grants(app, line);
    add_account(app, line);
    add_directory(app, line);
    add_guardrail(app, line);
    add_import(app, line);
    add_agent(app, line);
    add_agent_token(app, line);
    add_agents(app, line);
    add_attach(app, line);
    add_detach(app, line);
    add_alias(app, line);
    add_pooler(app, line);
    add_sealing_key(app, line);
    add_doctor(app, line);
    add_completion(app, line);
    add_man(app, line);
    return parse_and_act(app, line, argc, argv);
}

}  // namespace countersign::cli
