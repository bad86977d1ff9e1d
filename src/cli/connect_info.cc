#include "cli/connect_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/connection.h"
#include "cli/connection_formats.h"
#include "cli/output.h"
#include "cli/shell_words.h"
#include "cli/user_unit.h"

namespace countersign::cli {

namespace {

struct ConnectInfoArgs {
    ConnectionRequest request;
    std::string format = "psql";
    bool with_token = false;
    bool json = false;
};

std::vector<std::string> format_names() {
    std::vector<std::string> names;
    for (const ConnectFormat& format : connect_formats()) names.emplace_back(format.name);
    return names;
}

// No client's form can carry line ends, and no name needs them.
Result<void> check_names(const ConnectionRequest& request) {
    for (const std::string* name : {&request.user, &request.dbname, &request.sslrootcert, &request.profile})
        if (std::ranges::any_of(*name, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
            return Error{Fault::invalid, "names of users, databases, files and profiles are one line each"};
    return {};
}

// Works in any directory and for any user that may read the data directory or has credentials of its own.
std::string token_command(const client::DataDir& dir, const Connection& connection,
                          const ConnectionRequest& request) {
    std::string command = fmt::format(
        "{} token --data-dir={} --hostname={} --port={} --region={} --username={}",
        shell_quoted(own_program()), shell_quoted(dir.root.string()), shell_quoted(connection.host),
        connection.port, shell_quoted(connection.region), shell_quoted(connection.user));
    if (!request.profile.empty()) command += " --profile=" + shell_quoted(request.profile);
    return command;
}

Result<ConnectInfo> gather(const CommandLine& line, const ConnectInfoArgs& words) {
    TRY(check_names(words.request));
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    const client::RunningServer server = TRY(client::find_server(dir));
    const Connection connection = TRY(find_connection(dir, server, words.request));
    ConnectInfo info;
    info.name = words.request.database;
    info.host = connection.host;
    info.port = connection.port;
    info.region = connection.region;
    info.dbname = connection.dbname;
    info.user = connection.user;
    info.sslrootcert = connection.sslrootcert;
    info.token_command = token_command(dir, connection, words.request);
    if (words.with_token) info.token = token_for(connection, SystemClock().now());
    return info;
}

Result<std::string> text_of(const ConnectInfo& info, std::string_view format) {
    for (const ConnectFormat& one : connect_formats())
        if (one.name == format) return one.form(info);
    return Error{Fault::invalid, fmt::format("--format {}: there is no such format", format)};
}

Result<void> print_info(const CommandLine& line, const ConnectInfoArgs& words) {
    const ConnectInfo info = TRY(gather(line, words));
    if (words.json) {
        print_json(connect_json(info));
        return {};
    }
    const std::string text = TRY(text_of(info, words.format));
    print_lines(text);
    return {};
}

}  // namespace

void add_connect_info(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<ConnectInfoArgs>();
    CLI::App& command = *app.add_subcommand(
        "connect-info", "how a client connects to a database as a user, in the client's own form");
    add_connection_options(command, line, words->request);
    CLI::Option* const format =
        command
            .add_option(
                "--format", words->format,
                "psql: a command line; uri; jdbc: URLs for pgJDBC and the AWS wrapper; env: exports to "
                "eval; pgadmin: servers.json; service: for pg_service.conf")
            ->check(CLI::IsMember(format_names()))
            ->type_name("FORMAT")
            ->capture_default_str();
    command.add_flag("--with-token", words->with_token,
                     "put a token in as the password; whoever reads it can log in for 15 minutes");
    command.add_flag("--json", words->json, "all parts and one-line forms as JSON")->excludes(format);
    command.footer(
        "Without --with-token the output holds no secret: psql and env make a token when a shell runs them, "
        "pgadmin when\nit connects. For uri, jdbc and service, give the token as the password (PGPASSWORD).");
    on_chosen(command, line, [&line, words] { return print_info(line, *words); });
}

void add_pgadmin(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<ConnectInfoArgs>();
    words->format = "pgadmin";
    CLI::App& command =
        *app.add_subcommand("pgadmin", "prints a servers.json for pgAdmin 4 that makes its own tokens");
    add_connection_options(command, line, words->request);
    command.footer("Import it with pgAdmin's `setup.py load-servers FILE` or Tools > Import/Export Servers.");
    on_chosen(command, line, [&line, words] { return print_info(line, *words); });
}

}  // namespace countersign::cli
