#include "cli/explain.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/json_members.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct Words {
    std::string principal;
    std::string database;
    std::string user;
    std::string from;
    std::string at;
    std::string region;
    bool json = false;
};

std::string line_of(const json::value& statement) {
    const json::value* start = statement.get_object().if_contains("start");
    const json::value* number = start != nullptr ? start->get_object().if_contains("line") : nullptr;
    return number != nullptr ? ", line " + json::serialize(*number) : std::string();
}

void print_statement(const json::value& policy, const json::value& statement) {
    const std::string outcome = text_in(statement, "outcome");
    if (outcome == "actionDiffers") return;
    std::cout << fmt::format("    {} statement {}{}: {} {}\n", text_in(policy, "policy"),
                             json::serialize(statement.at("statement")), line_of(statement),
                             text_in(statement, "effect"), outcome);
    for (const json::value& failed : list_in(statement, "failed"))
        std::cout << "      " << json::serialize(failed) << '\n';
}

// Every statement about the action; the others have nothing to say.
void print_trail(const json::value& trail) {
    for (const json::value& kind : list_in(trail, "kinds")) {
        std::cout << fmt::format("  {} policies: {}\n", text_in(kind, "kind"), text_in(kind, "effect"));
        for (const json::value& policy : list_in(kind, "policies"))
            for (const json::value& statement : list_in(policy, "statements"))
                print_statement(policy, statement);
    }
}

void print_explanation(const pugi::xml_document& answer, const json::value& trail) {
    std::cout << answer.select_node("//ResourceArn").node().child_value() << '\n';
    for (const pugi::xpath_node found : answer.select_nodes("//Checks/member")) {
        const pugi::xml_node check = found.node();
        const bool passed = std::string_view(check.child_value("Passed")) == "true";
        std::cout << fmt::format("{} {:<10}{}\n", passed ? "✓" : "✗", check.child_value("Name"),
                                 check.child_value("Detail"));
    }
    print_trail(trail);
}

Result<void> explain(const Line& line, const Words& words) {
    ApiTarget target = TRY(find_target(line.data_dir, process_environment()));
    const std::string region = words.region.empty() ? target.region : words.region;
    formats::Parameters parameters{{"PrincipalArn", words.principal},
                                   {"DBIdentifier", words.database},
                                   {"DBUser", words.user},
                                   {"Region", region},
                                   {"SourceIp", words.from},
                                   {"Time", words.at}};
    std::erase_if(parameters, [](const formats::Parameter& given) { return given.second.empty(); });
    const auto answer = TRY(ApiClient(std::move(target)).call(Api::countersign, "ExplainLogin", parameters));
    const json::value trail = TRY(formats::parse_json(answer.select_node("//Trail").node().child_value()));
    const bool allowed = std::string_view(answer.select_node("//Allowed").node().child_value()) == "true";
    if (words.json)
        std::cout << json::object{{"allowed", allowed},
                                  {"resource", answer.select_node("//ResourceArn").node().child_value()},
                                  {"reason", answer.select_node("//Reason").node().child_value()},
                                  {"trail", trail}}
                  << '\n';
    else
        print_explanation(answer, trail);
    if (allowed) return {};
    return Error{Fault::denied, "this login would be refused"};
}

}  // namespace

void add_explain(CLI::App& app, Line& line) {
    const auto words = std::make_shared<Words>();
    CLI::App& command = *app.add_subcommand("explain", "why a login would be allowed or refused");
    add_data_dir(command, line);
    command.add_option("--principal", words->principal, "ARN of the user, role or root user")->required();
    command.add_option("--database", words->database, "identifier of the cluster or instance")->required();
    command.add_option("--user,-U", words->user, "the database user")->required();
    command.add_option("--from", words->from, "address of the client");
    command.add_option("--at", words->at, "time, as in 2026-01-31T12:00:00Z; default: now");
    command.add_option("--region", words->region, "region of the database");
    command.add_flag("--json", words->json, "the whole trail as JSON");
    on_chosen(command, line, [&line, words] { return explain(line, *words); });
}

}  // namespace countersign::cli
