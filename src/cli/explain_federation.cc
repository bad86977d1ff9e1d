#include "cli/explain_federation.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>

#include "cli/check_mark.h"
#include "cli/output.h"
#include "client/api_client.h"
#include "client/json_members.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

constexpr std::size_t token_bytes_max = 128UL * 1024;  // as ExplainFederation takes it

struct FederationArgs {
    std::string token;
    std::string role;
    std::string provider;
    std::string session_name;
    bool json = false;
};

Result<std::string> read_token(const std::string& file) {
    std::ifstream opened;
    if (file != "-") opened.open(file, std::ios::binary);
    std::istream& from = file == "-" ? std::cin : opened;
    if (!from) return Error{Fault::not_found, fmt::format("--token {}: the file cannot be read", file)};
    std::string text(token_bytes_max + 1, '\0');
    from.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(from.gcount()));
    if (text.size() > token_bytes_max)
        return Error{Fault::invalid,
                     fmt::format("--token {}: it has more than 128 KiB, which no token has", file)};
    if (text.empty())
        return Error{Fault::invalid,
                     fmt::format("--token {}: it is empty; what should have written it has failed", file)};
    return text;
}

Result<std::string> arn_of_role(const client::ApiClient& server, const std::string& role) {
    if (role.starts_with("arn:")) return role;
    const auto answer = TRY(server.call(client::Api::iam, "GetRole", {{"RoleName", role}}));
    return std::string(answer.select_node("//Role/Arn").node().child_value());
}

// {"allowed", "role", "kind", "provider", "code", "message", "checks": [{"check", "outcome", "detail"}],
// "claims", "verified", "trail", "hint"}.
json::object document_of(const pugi::xml_document& answer, const std::string& role) {
    const auto text_at = [&](const char* path) {
        return std::string_view(answer.select_node(path).node().child_value());
    };
    const auto value_at = [&](const char* path) {
        auto parsed = formats::parse_json(text_at(path));
        return parsed ? *std::move(parsed) : json::value(nullptr);
    };
    json::object document{{"allowed", text_at("//Allowed") == "true"},
                          {"role", role},
                          {"kind", text_at("//Kind")},
                          {"provider", text_at("//ProviderArn")},
                          {"code", text_at("//Code")},
                          {"message", text_at("//Message")}};
    json::array& checks = document["checks"].emplace_array();
    for (const pugi::xpath_node found : answer.select_nodes("//Checks/member"))
        checks.push_back({{"check", found.node().child_value("Name")},
                          {"outcome", found.node().child_value("Outcome")},
                          {"detail", found.node().child_value("Detail")}});
    document["claims"] = value_at("//Claims");
    document["verified"] = text_at("//Verified") == "true";
    document["trail"] = value_at("//Trail");
    document["hint"] = text_at("//Hint");
    return document;
}

void print_conditions(const json::value& trail) {
    for (const json::value& right : client::list_in(trail, "trail"))
        for (const json::value& statement : client::list_in(right, "statements")) {
            print_line("  {}: {} {}, {}", client::text_in(right, "action"),
                       client::text_in(statement, "effect"), client::text_in(statement, "statement"),
                       client::text_in(statement, "outcome"));
            for (const json::value& condition : client::list_in(statement, "conditions")) {
                const json::value* const holds = client::member_in(condition, "holds");
                const bool held = holds != nullptr && *holds == json::value(true);
                print_line("    {} {}", mark_of(held ? "passed" : "failed"),
                           client::text_in(condition, "words"));
            }
        }
}

void print_claims(const json::value& document) {
    const json::value* const claims = client::member_in(document, "claims");
    if (claims == nullptr || !claims->is_object() || claims->get_object().empty()) return;
    const bool verified = document.at("verified").as_bool();
    print_line(Shown(verified ? "claims" : "claims, which nobody has proven"));
    for (const auto& [name, value] : claims->get_object())
        print_line("  {}: {}", name,
                   value.is_string() ? std::string(value.get_string()) : json::serialize(value));
}

void print_explanation(const json::object& document) {
    const json::value whole(document);
    print_line("{} for {}", client::text_in(whole, "kind"), client::text_in(whole, "role"));
    for (const json::value& check : client::list_in(whole, "checks")) {
        const std::string outcome = client::text_in(check, "outcome");
        const std::string detail = outcome == "notReached" ? "not reached" : client::text_in(check, "detail");
        print_line("{} {:<10} {}", mark_of(outcome), client::text_in(check, "check"), detail);
    }
    print_conditions(whole);
    print_claims(whole);
    if (const std::string code = client::text_in(whole, "code"); !code.empty())
        print_line("the caller is told {}: {}", code, client::text_in(whole, "message"));
    if (const std::string hint = client::text_in(whole, "hint"); !hint.empty()) print_line("hint: {}", hint);
}

Result<void> explain(const CommandLine& line, const FederationArgs& words) {
    formats::Parameters question{{"Token", TRY(read_token(words.token))}};
    const client::ApiClient server(TRY(client::find_target(line.data_dir, client::process_environment())));
    const std::string role = TRY(arn_of_role(server, words.role));
    question.emplace_back("RoleArn", role);
    if (!words.provider.empty()) question.emplace_back("ProviderArn", words.provider);
    if (!words.session_name.empty()) question.emplace_back("RoleSessionName", words.session_name);
    const auto answer = TRY(server.call(client::Api::countersign, "ExplainFederation", question));
    const json::object document = document_of(answer, role);
    if (words.json)
        print_json(document);
    else
        print_explanation(document);
    if (document.at("allowed").as_bool()) return {};
    flush_output();
    return Error{Fault::denied, "this call would be refused"};
}

}  // namespace

CLI::App& add_explain_federation(CLI::App& explain_command, CommandLine& line) {
    const auto words = std::make_shared<FederationArgs>();
    CLI::App& command = *explain_command.add_subcommand(
        "federation", "why a token or an assertion would give a role's session, or would not");
    add_data_dir(command, line);
    command
        .add_option("--token", words->token,
                    "file with the ID token or the SAMLResponse; - : standard input; it is not kept anywhere")
        ->required();
    command.add_option("--role", words->role, "name or ARN of the role")->required();
    command.add_option("--provider", words->provider,
                       "ARN of the SAML provider; default: the one that the assertion names with the role");
    command.add_option("--session-name", words->session_name,
                       "RoleSessionName of the call, where a trust policy asks for it");
    command.add_flag("--json", words->json, "all of it as JSON");
    command.footer(
        "Exit code 0: the call would be done; 1: refused. Nothing is begun. The right to ask is\n"
        "countersign:ExplainFederation on the role; a role's name needs iam:GetRole too.");
    on_chosen(command, line, [&line, words] { return explain(line, *words); });
    return command;
}

}  // namespace countersign::cli
