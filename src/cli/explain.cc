#include "cli/explain.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "cli/check_mark.h"
#include "cli/explain_federation.h"
#include "cli/output.h"
#include "client/api_client.h"
#include "client/json_members.h"
#include "formats/record.h"
#include "model/arn.h"
#include "services/admin/audit_lookup.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct ExplainArgs {
    std::string login_id;
    std::string principal;
    std::string token;
    std::string database;
    std::string user;
    std::string from;
    std::string at;
    std::string region;
    bool no_tls = false;
    bool json = false;
};

// An explanation as --json prints it: {"allowed", "resource", "principal", "checks": [{"check", "outcome",
// "detail", "mend"}], "mend", "login", "trail"}.
json::object document_of(const login::Explanation& explanation) {
    json::object document{{"allowed", explanation.allowed}, {"principal", explanation.principal_arn}};
    json::array& checks = document["checks"].emplace_array();
    for (const login::Step& step : explanation.steps)
        checks.push_back({{"check", step.check},
                          {"outcome", login::name_of(step.outcome)},
                          {"detail", step.detail},
                          {"mend", step.hint}});
    document["mend"] = explanation.hint;
    return document;
}

json::object document_of(const pugi::xml_document& answer) {
    const auto text_at = [&](const char* path) { return answer.select_node(path).node().child_value(); };
    json::object document{{"allowed", std::string_view(text_at("//Allowed")) == "true"},
                          {"resource", text_at("//ResourceArn")},
                          {"principal", text_at("//PrincipalArn")}};
    json::array& checks = document["checks"].emplace_array();
    for (const pugi::xpath_node found : answer.select_nodes("//Checks/member")) {
        const pugi::xml_node check = found.node();
        checks.push_back({{"check", check.child_value("Name")},
                          {"outcome", check.child_value("Outcome")},
                          {"detail", check.child_value("Detail")},
                          {"mend", check.child_value("Mend")}});
    }
    document["mend"] = text_at("//Mend");
    return document;
}

// JSON that was made here; null where there is none.
json::value value_of(std::string_view text) {
    auto parsed = formats::parse_json(text);
    return parsed ? *std::move(parsed) : json::value(nullptr);
}

// The server may be any: what it leaves out is not there.
std::string number_in(const json::value& object, std::string_view name) {
    const json::value* found = client::member_in(object, name);
    return found == nullptr ? "?" : json::serialize(*found);
}

void print_statement(const json::value& policy, const json::value& statement) {
    const std::string outcome = client::text_in(statement, "outcome");
    if (outcome == "actionDiffers") return;
    const std::string sid = client::text_in(statement, "sid");
    print_line("    {} statement {}{}, line {}: {}, {}", client::text_in(policy, "policy"),
               number_in(statement, "statement"), sid.empty() ? "" : " (" + sid + ")",
               number_in(statement, "line"), client::text_in(statement, "effect"), outcome);
    for (const json::value& failed : client::list_in(statement, "failed"))
        print_line("      {}", client::text_in(failed, "words"));
}

// Every statement about the action; the others have nothing to say.
void print_trail(const json::value& trail) {
    for (const json::value& kind : client::list_in(trail, "kinds")) {
        print_line("  {} policies: {}", client::text_in(kind, "kind"), client::text_in(kind, "effect"));
        for (const json::value& policy : client::list_in(kind, "policies"))
            for (const json::value& statement : client::list_in(policy, "statements"))
                print_statement(policy, statement);
    }
}

void print_login(const json::value& entry) {
    const std::string from = client::text_in(entry, "source_address");
    print_line("login {} at {}: {}, as {} on {}{}", client::text_in(entry, "login_id"),
               client::text_in(entry, "time"), client::text_in(entry, "decision"),
               cell(client::text_in(entry, "user")), client::text_in(entry, "database"),
               from.empty() ? "" : " from " + from);
}

// The first is of the check that refuses; then what else would.
void print_hints(const json::value& document) {
    if (const std::string hint = client::text_in(document, "mend"); !hint.empty())
        print_line("hint: {}", hint);
    bool is_first = true;
    for (const json::value& check : client::list_in(document, "checks")) {
        if (client::text_in(check, "outcome") != "failed" || std::exchange(is_first, false)) continue;
        if (const std::string hint = client::text_in(check, "mend"); !hint.empty())
            print_line("hint: {}", hint);
    }
}

void print_explanation(const json::value& document) {
    if (const json::value* entry = client::member_in(document, "login"); entry->is_object())
        print_login(*entry);
    print_line(Shown(client::text_in(document, "resource")));
    for (const json::value& check : client::list_in(document, "checks")) {
        const std::string outcome = client::text_in(check, "outcome");
        const std::string detail = outcome == "notReached" ? "not reached" : client::text_in(check, "detail");
        print_line("{} {:<15} {}", mark_of(outcome), client::text_in(check, "check"), detail);
    }
    print_trail(*client::member_in(document, "trail"));
    print_hints(document);
}

// The one line end that a pipe brings is no part of the token.
Result<std::string> read_token() {
    std::string text;
    text.resize(limits::token_bytes_max + 2);
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::cin.gcount()));
    if (text.ends_with('\n')) text.pop_back();
    if (text.empty())
        return Error{Fault::invalid,
                     "there is no token on standard input; a command that prints none has "
                     "failed before"};
    return text;
}

Result<formats::Parameters> question_of(const ExplainArgs& words, const std::string& region) {
    formats::Parameters parameters{{"LoginId", words.login_id},
                                   {"PrincipalArn", words.principal},
                                   {"DBIdentifier", words.database},
                                   {"DBUser", words.user},
                                   {"Region", region},
                                   {"SourceIp", words.from},
                                   {"Time", words.at},
                                   {"Tls", words.no_tls ? "false" : ""}};
    if (!words.token.empty()) parameters.emplace_back("Token", TRY(read_token()));
    std::erase_if(parameters, [](const formats::Parameter& given) { return given.second.empty(); });
    return parameters;
}

Result<json::object> ask_server(const CommandLine& line, const ExplainArgs& words) {
    client::ApiTarget target = TRY(client::find_target(line.data_dir, client::process_environment()));
    const formats::Parameters parameters =
        TRY(question_of(words, words.region.empty() ? target.region : words.region));
    const auto answer =
        TRY(client::ApiClient(std::move(target)).call(client::Api::countersign, "ExplainLogin", parameters));
    json::object document = document_of(answer);
    document["login"] = value_of(answer.select_node("//Login").node().child_value());
    document["trail"] = value_of(answer.select_node("//Trail").node().child_value());
    return document;
}

// The hint that the running server gives, which asks the database by which role a user became a member; empty
// where it does not answer.
std::string hint_of_server(const CommandLine& line, const ExplainArgs& words) {
    const auto document = ask_server(line, words);
    return document ? std::string(client::text_in(*document, "mend")) : std::string();
}

// On its own host the audit itself is read, whether the server runs or not.
Result<json::object> read_audit(const CommandLine& line, const ExplainArgs& words) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    audit::LoginEntry entry = TRY(admin::find_login(dir.login_log(), "", words.login_id));
    const login::Explanation explanation = admin::explain(entry);
    json::object document = document_of(explanation);
    if (entry.reason_code == login::row_of(login::RefusalCode::token_is_password).name)
        if (const std::string hint = hint_of_server(line, words); !hint.empty()) document["mend"] = hint;
    document["resource"] = model::dbuser_arn(entry.region, entry.account, entry.resource_id, entry.user);
    entry.trail.clear();
    document["login"] = value_of(formats::to_record(entry));
    document["trail"] = value_of(explanation.trail);
    return document;
}

bool is_afar(const CommandLine& line) {
    const auto url = client::process_environment()("AWS_ENDPOINT_URL");
    return line.data_dir.empty() && url && !url->empty();
}

Result<void> explain(const CommandLine& line, const ExplainArgs& words) {
    const bool recorded = !words.login_id.empty();
    const json::object document =
        TRY(recorded && !is_afar(line) ? read_audit(line, words) : ask_server(line, words));
    if (words.json)
        print_json(document);
    else
        print_explanation(document);
    if (document.at("allowed").as_bool()) return {};
    flush_output();
    return Error{Fault::denied, recorded ? "this login was refused" : "this login would be refused"};
}

// What is missing of one of the three questions, or too much.
std::string complaint_about(const ExplainArgs& words) {
    const int questions = static_cast<int>(!words.login_id.empty()) +
                          static_cast<int>(!words.principal.empty()) + static_cast<int>(!words.token.empty());
    if (questions != 1) return "give a LOGIN-ID, or --principal, or --token -";
    if (!words.token.empty() && words.token != "-")
        return "--token takes - only and reads standard input: others see what stands on a command line";
    if (words.login_id.empty() && words.database.empty()) return "--database is required";
    if (!words.principal.empty() && words.user.empty()) return "--user is required";
    return {};
}

}  // namespace

void add_explain(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<ExplainArgs>();
    CLI::App& command = *app.add_subcommand(
        "explain", "why a login was, or would be, allowed or refused, and how to mend it");
    add_data_dir(command, line);
    command.add_option("login", words->login_id, "id of a login in the audit, or in PostgreSQL's log");
    command.add_option("--principal", words->principal, "ARN of a user, role or root user who would log in");
    command.add_option("--token", words->token, "- : a token on standard input; it is not kept anywhere");
    command.add_option("--database", words->database, "identifier of the cluster or instance");
    command.add_option("--user,-U", words->user, "the database user; of a token: its own by default");
    command.add_option("--from", words->from, "address of the client");
    command.add_option("--at", words->at, "time, as in 2026-01-31T12:00:00Z; default: now");
    command.add_option("--region", words->region, "region of the database");
    command.add_flag("--no-tls", words->no_tls, "the client connects without TLS");
    command.add_flag("--json", words->json, "all of it as JSON");
    command.footer(
        "Exit code 0: allowed; 1: refused. A login of the audit is looked up on the server's host, or by\n"
        "$AWS_ENDPOINT_URL; the right to ask there is countersign:ExplainLogin.");
    command.require_subcommand(0, 1);
    const CLI::App& federation = add_explain_federation(command, line);
    command.callback([&line, words, &federation] {
        if (federation.parsed()) return;
        if (const std::string complaint = complaint_about(*words); !complaint.empty())
            throw CLI::ValidationError("explain", complaint);
        line.action = [&line, words] { return explain(line, *words); };
    });
}

}  // namespace countersign::cli
