#include "cli/grants.h"

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/files.h"
#include "cli/connection.h"
#include "cli/libpq_environment.h"
#include "cli/output.h"
#include "grants/server.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct GrantsArgs {
    std::string file;
    ConnectionRequest request;
    bool json = false;
};

Result<grants::Document> read_document(const std::string& file) {
    const std::string text =
        file == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : TRY(read_file(file));
    auto document = grants::parse_document(text);
    if (!document) return Error{Fault::invalid, fmt::format("{}: {}", file, document.error().message)};
    return document;
}

// With a token of the caller's, or with a password where PGPASSWORD has one: the master user of a database
// has no token.
Result<databases::Session> open_database(const CommandLine& line, const ConnectionRequest& request) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    const client::RunningServer server = TRY(client::find_server(dir));
    const Connection connection = TRY(find_connection(dir, server, request));
    const char* const given = std::getenv("PGPASSWORD");
    const std::string password =
        given != nullptr && *given != '\0' ? given : token_for(connection, SystemClock().now());
    forget_libpq_environment();
    return databases::Session::connect({{"host", connection.host},
                                        {"port", std::to_string(connection.port)},
                                        {"user", connection.user},
                                        {"dbname", connection.dbname},
                                        {"password", password},
                                        {"sslmode", "verify-full"},
                                        {"sslrootcert", connection.sslrootcert},
                                        {"connect_timeout", "10"},
                                        {"application_name", "countersign grants"},
                                        {"options", std::string(databases::trusted_names)}});
}

void print_changes(const std::vector<grants::Change>& changes) {
    for (const grants::Change& change : changes) {
        const bool takes = change.kind.starts_with("revoke");
        const Shown mark = takes ? painted("-", Paint::bad) : painted("+", Paint::good);
        print_line("{} {}", mark, change.what);
        print_line("    {};", change.sql);
    }
    if (changes.empty()) print_line("nothing is due: it is as the file says");
}

void print_document(const std::vector<grants::Change>& changes, bool applied) {
    json::array list;
    for (const grants::Change& change : changes)
        list.push_back({{"change", change.kind}, {"what", change.what}, {"sql", change.sql}});
    print_json(json::object{{"changes", std::move(list)}, {"applied", applied}});
}

void show(const GrantsArgs& words, const std::vector<grants::Change>& changes, bool applied) {
    if (words.json)
        print_document(changes, applied);
    else if (!applied)
        print_changes(changes);
    else
        print_line("{} done", changes.size());
}

Result<void> show_plan(const CommandLine& line, const GrantsArgs& words) {
    const grants::Document wanted = TRY(read_document(words.file));
    databases::Session session = TRY(open_database(line, words.request));
    const grants::Observed observed = TRY(grants::observe(session));
    const std::vector<grants::Change> changes = TRY(grants::plan(wanted, observed));
    show(words, changes, false);
    if (changes.empty()) return {};
    flush_output();
    return Error{Fault::conflict, fmt::format("due: {}; countersign grants apply does it", changes.size())};
}

// What PostgreSQL took without doing it, as a REVOKE of what somebody else granted.
Result<void> check_applied(databases::Session& session, const grants::Document& wanted) {
    const grants::Observed now = TRY(grants::observe(session));
    const std::vector<grants::Change> left = TRY(grants::plan(wanted, now));
    if (left.empty()) return {};
    return Error{
        Fault::denied,
        fmt::format("still due: {}; {}. It is somebody else's to change: name who granted it, or the "
                    "owner, with --user",
                    left.size(), left.front().what)};
}

Result<void> apply(const CommandLine& line, const GrantsArgs& words) {
    const grants::Document wanted = TRY(read_document(words.file));
    databases::Session session = TRY(open_database(line, words.request));
    const grants::Observed observed = TRY(grants::observe(session));
    const std::vector<grants::Change> changes = TRY(grants::plan(wanted, observed));
    if (!words.json) print_changes(changes);
    if (!changes.empty()) {
        TRY(grants::apply(session, changes));
        TRY(check_applied(session, wanted));
    }
    if (words.json || !changes.empty()) show(words, changes, true);
    return {};
}

void add_command(CLI::App& grants, CommandLine& line, const char* name, const char* description,
                 Result<void> (*act)(const CommandLine&, const GrantsArgs&)) {
    const auto words = std::make_shared<GrantsArgs>();
    CLI::App& command = *grants.add_subcommand(name, description);
    command.add_option("file", words->file, "the JSON that says it; - : standard input")->required();
    add_connection_options(command, line, words->request);
    command.add_flag("--json", words->json, "the changes as JSON");
    command.footer(
        "Logs in with a token as --user, or with the password in PGPASSWORD. The user needs CREATEROLE and "
        "ADMIN\n"
        "OPTION on what it hands out, and must own the databases: the master user, or a superuser of an "
        "attached\n"
        "server. `plan` exits with 1 when something is due.");
    on_chosen(command, line, [&line, words, act] { return act(line, *words); });
}

}  // namespace

void add_grants(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand(
        "grants", "who is in a database, member of what, and who may connect, as a file says it");
    command.require_subcommand(1);
    add_command(command, line, "plan", "what differs from the file, and would be done", show_plan);
    add_command(command, line, "apply", "does what differs, all of it or nothing", apply);
}

}  // namespace countersign::cli
