#include "cli/serve.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "cli/daemon_options.h"
#include "cli/rds_options.h"
#include "cli/serve_options.h"
#include "client/host_port.h"

namespace countersign::cli {

namespace {

// HOST:PORT, [v6]:PORT, HOST or :PORT.
Result<void> read_listen(const std::string& text, ServeOptions& options) {
    const std::size_t colon = text.rfind(':');
    const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
    std::string host = text.substr(0, has_port ? colon : std::string::npos);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!host.empty()) options.host = host;
    if (!has_port) return {};
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return Error{Fault::invalid, fmt::format("--listen {}: not HOST:PORT", text)};
    options.port = *port;
    return {};
}

Result<void> read_ports(const std::string& text, ServeOptions& options) {
    const std::size_t dash = text.find('-');
    const auto first = parse_number<std::uint16_t>(text.substr(0, dash));
    const auto last =
        dash == std::string::npos ? std::nullopt : parse_number<std::uint16_t>(text.substr(dash + 1));
    if (!first || !last)
        return Error{Fault::invalid, fmt::format("--database-ports {}: not FIRST-LAST", text)};
    options.port_first = *first;
    options.port_last = *last;
    return {};
}

Result<void> read_users(const std::string& text, ServeOptions& options) {
    const auto range = databases::isolation::parse_user_range(text);
    if (!range) return Error{Fault::invalid, "--database-users: " + range.error().message};
    options.database_users = *range;
    return {};
}

Result<void> read_agents(const std::string& text, ServeOptions& options) {
    if (text.empty()) return {};
    const client::HostPort where = TRY(client::read_host_port(text, "--agents"));
    options.agents_host = where.host;
    options.agents_port = where.port;
    return {};
}

Result<void> read_metadata(const std::string& text, ServeOptions& options) {
    if (!text.empty() && options.machine_roles.role.empty())
        return Error{Fault::invalid,
                     "--metadata-listen needs --metadata-role ROLE: whose credentials to offer"};
    if (text.empty()) return {};
    const client::HostPort where = TRY(client::read_host_port(text, "--metadata-listen"));
    options.machine_roles.host = where.host;
    options.machine_roles.port = where.port;
    return {};
}

Result<void> read_metrics(const std::string& text, ServeOptions& options) {
    if (text.empty()) return {};
    const client::HostPort where = TRY(client::read_host_port(text, "--metrics-listen"));
    options.metrics_host = where.host;
    options.metrics_port = where.port;
    return {};
}

struct ServeWords {
    ServeOptions options;
    std::string listen = "127.0.0.1:7070";
    std::string ports = "15432-15931";
    std::string users = "1900000000-1999999999";
    std::string agents;
    std::string metrics;
    std::string metadata;
    std::vector<std::string> regions;
    std::vector<std::string> attach_accounts;
    CLI::Option* listen_option = nullptr;  // whether they were said
    CLI::Option* ports_option = nullptr;
};

Result<void> run_serve(const CommandLine& line, ServeWords& words) {
    ServeOptions& options = words.options;
    options.data_dir = line.data_dir;
    if (options.ephemeral && words.listen_option->empty()) words.listen = "127.0.0.1:0";
    options.any_database_ports = options.ephemeral && words.ports_option->empty();
    words.options.regions = {words.regions.begin(), words.regions.end()};
    words.options.attach_accounts = {words.attach_accounts.begin(), words.attach_accounts.end()};
    TRY(read_listen(words.listen, words.options));
    TRY(read_ports(words.ports, words.options));
    TRY(read_users(words.users, words.options));
    TRY(read_agents(words.agents, words.options));
    TRY(read_metrics(words.metrics, words.options));
    TRY(read_metadata(words.metadata, words.options));
    return line.daemons.serve(words.options);
}

// Where it keeps what it has, where it listens, and how long.
void add_places(CLI::App& command, CommandLine& line, ServeWords& words) {
    CLI::Option& data_dir = add_data_dir(command, line);
    command
        .add_flag("--ephemeral", words.options.ephemeral,
                  "for tests: everything in a private temporary directory that goes with the server, nothing "
                  "written durably, and free ports for what does not say --listen or --database-ports")
        ->excludes(&data_dir);
    command.add_flag("--end-with-stdin", words.options.end_with_input,
                     "ends when standard input does: with whoever holds the other end of that pipe");
    words.listen_option =
        command.add_option("--listen", words.listen, "HOST:PORT of the API; not loopback needs TLS")
            ->capture_default_str();
}

// By what the API has TLS, or that it has none.
void add_tls_options(CLI::App& command, ServeOptions& options) {
    CLI::Option& certificate = *command.add_option("--tls-certificate", options.tls_certificate,
                                                   "PEM file: certificate chain of the API");
    command.add_option("--tls-key", options.tls_key, "PEM file: its private key");
    CLI::Option& names =
        *command
             .add_option("--tls-names", options.tls_names,
                         "names and addresses of the API in a certificate of the server's own authority "
                         "(global-bundle.pem), beside localhost and the endpoints' host; instead of "
                         "--tls-certificate")
             ->delimiter(',')
             ->excludes(&certificate);
    command
        .add_flag(
            "--listen-without-tls", options.without_tls,
            "for development: the API without TLS at an address that is not loopback; whoever is between "
            "reads the secrets that it hands out")
        ->excludes(&certificate)
        ->excludes(&names);
}

void add_postgres_bins(CLI::App& command, ServeOptions& options) {
    command
        .add_option("--postgres-bin", options.postgres_bins,
                    "directory of a PostgreSQL's programs, beside those in /usr/lib/postgresql; may be given "
                    "several times")
        ->type_name("DIR");
}

// What counts at the first start only.
void add_first_start(CLI::App& command, ServeOptions& options) {
    command.add_option("--account-id", options.account_id, "12 digits; counts at the first start only");
    command.add_option(
        "--administrator-key", options.administrator_key,
        "file of AWS credentials whose [default] becomes the administrator's key; counts at the "
        "first start only; default: a random key");
}

}  // namespace

void add_serve(CLI::App& app, CommandLine& line) {
    auto words = std::make_shared<ServeWords>();
    CLI::App& command = *app.add_subcommand("serve", "control plane, agent and databases in one process");
    ServeOptions& options = words->options;
    add_places(command, line, *words);
    command.add_option("--agents", words->agents,
                       "HOST:PORT for the agents of other hosts, always TLS; default: none are served");
    command
        .add_option("--attach-accounts", words->attach_accounts,
                    "accounts that may attach servers of this host to the agent inside, beside the first")
        ->delimiter(',');
    add_postgres_directories(command, options.postgres_socket_dirs);
    command.add_option("--metrics-listen", words->metrics,
                       "HOST:PORT of /metrics with the names of all databases; not loopback needs TLS");
    command.add_option("--metadata-role", options.machine_roles.role,
                       "a role whose credentials programs of this machine get, as on EC2 and ECS");
    command.add_option("--metadata-listen", words->metadata,
                       "loopback HOST:PORT where they get them; default: 127.0.0.1:7071");
    command
        .add_option(
            "--aws-sts", options.aws_sts.urls,
            "an STS beside AWS's own that identities of AWS may be proven with: https://HOST[:PORT], of a "
            "VPC endpoint for one; may be given several times")
        ->type_name("URL");
    command.add_option("--aws-sts-ca", options.aws_sts.ca_bundle,
                       "PEM file with the authorities of these; default: the machine's own");
    command.add_option("--console-name", options.console_names,
                       "another host name by which browsers reach this server; may be given several times");
    command.add_option(
        "--region", options.region,
        "the region that `countersign env` exports; its partition is the server's (default: that of the "
        "start before, us-west-2 at the first)");
    command.add_option("--regions", words->regions, "serve only these regions")->delimiter(',');
    command.add_option("--managed-policies", options.managed_policies,
                       "file of AWS's managed policies; default: the program's own");
    add_first_start(command, options);
    command.add_option("--endpoint-host", options.endpoint_host, "host name of the databases' endpoints")
        ->capture_default_str();
    words->ports_option =
        command.add_option("--database-ports", words->ports, "FIRST-LAST of the databases' ports")
            ->capture_default_str();
    add_postgres_bins(command, options);
    add_rds_options(command, options);
    command.add_option("--user", options.user, "whom to become when started as root");
    command
        .add_option("--database-users", words->users,
                    "FIRST-LAST of the user ids that databases run as, one each, when started as root")
        ->capture_default_str();
    command.add_option("--sealing-key", options.sealing_key,
                       "file with the keys that seal secrets at rest, 32 bytes each, the newest last");
    add_tls_options(command, options);
    command
        .add_option("--login-log-size", options.login_log_bytes,
                    "how large a file of the audit becomes before a new one is begun")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("64MiB");
    command
        .add_option("--login-log-files", options.login_log_files,
                    "how many files of the audit are kept; 0: all")
        ->capture_default_str();
    command
        .add_option("--audit-to", options.audit_to,
                    "also sends the audit there: syslog, journald or file:/PATH; can be given several times")
        ->allow_extra_args(false);
    add_agent_options(command, options.agent);
    add_log_level(command, options.log_level);
    command.footer("Every option can stand in a TOML file, below [serve]: countersign --config FILE serve");
    on_chosen(command, line, [&line, words] { return run_serve(line, *words); });
}

}  // namespace countersign::cli
