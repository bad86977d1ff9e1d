#include "cli/organization.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <memory>

#include "base/files.h"
#include "cli/api_answers.h"
#include "cli/output.h"
#include "cli/shell_words.h"
#include "client/json_members.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct OrganizationArgs {
    std::string name;
    std::string account;
    std::string document;
    bool json = false;
};

Result<void> create_account(const CommandLine& line, const OrganizationArgs& words) {
    const auto answer =
        TRY(ask(line, "CreateAccount", {{"AccountName", words.name}, {"AccountId", words.account}}));
    const json::object account = texts_of(answer.select_node("//Account").node());
    const json::object key = texts_of(answer.select_node("//AccessKey").node());
    if (words.json) {
        print_json(json::object{{"Account", account}, {"AccessKey", key}});
        return {};
    }
    print_line(
        "# account {} ({}) was made; the key of its root user is shown this once\n"
        "export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}",
        client::text_in(account, "Id"), client::text_in(account, "Name"),
        shell_quoted(client::text_in(key, "AccessKeyId")),
        shell_quoted(client::text_in(key, "SecretAccessKey")));
    return {};
}

Result<void> list_accounts(const CommandLine& line, const OrganizationArgs& words) {
    const auto answer = TRY(ask(line, "ListAccounts", {}));
    const json::array accounts = members_of(answer, "Accounts");
    if (words.json) {
        print_json(json::object{{"Accounts", accounts}});
        return {};
    }
    print_line("{:<14}{:<22}{}", "ACCOUNT", "CREATED", "NAME");
    for (const json::value& account : accounts)
        print_line("{:<14}{:<22}{}", cell(client::text_in(account, "Id")),
                   cell(client::text_in(account, "CreateDate")), client::text_in(account, "Name"));
    return {};
}

// The document itself, file://PATH as the AWS CLI has it, or "-" for standard input.
Result<std::string> document_of(const std::string& given) {
    constexpr std::string_view file = "file://";
    if (given.starts_with(file)) return read_file(given.substr(file.size()));
    if (given != "-") return given;
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<void> put_guardrail(const CommandLine& line, const OrganizationArgs& words) {
    const std::string document = TRY(document_of(words.document));
    TRY(ask(line, "PutGuardrail",
            {{"AccountId", words.account}, {"GuardrailName", words.name}, {"PolicyDocument", document}}));
    return {};
}

Result<void> show_guardrail(const CommandLine& line, const OrganizationArgs& words) {
    const auto answer =
        TRY(ask(line, "GetGuardrail", {{"AccountId", words.account}, {"GuardrailName", words.name}}));
    print_lines(std::string(answer.select_node("//PolicyDocument").node().child_value()) + '\n');
    return {};
}

Result<void> delete_guardrail(const CommandLine& line, const OrganizationArgs& words) {
    TRY(ask(line, "DeleteGuardrail", {{"AccountId", words.account}, {"GuardrailName", words.name}}));
    return {};
}

Result<void> list_guardrails(const CommandLine& line, const OrganizationArgs& words) {
    const auto answer = TRY(ask(line, "ListGuardrails", {{"AccountId", words.account}}));
    const json::array guardrails = members_of(answer, "Guardrails");
    if (words.json) {
        print_json(json::object{{"Guardrails", guardrails}});
        return {};
    }
    print_line("{:<22}{}", "UPDATED", "GUARDRAIL");
    for (const json::value& guardrail : guardrails)
        print_line("{:<22}{}", cell(client::text_in(guardrail, "UpdateDate")),
                   cell(client::text_in(guardrail, "GuardrailName")));
    return {};
}

using OrganizationAction = Result<void> (*)(const CommandLine&, const OrganizationArgs&);

CLI::App& add_organization_command(
    CLI::App& parent, CommandLine& line, const std::string& name, const std::string& help,
    const std::pair<std::shared_ptr<OrganizationArgs>, OrganizationAction>& act) {
    CLI::App& command = *parent.add_subcommand(name, help);
    add_data_dir(command, line);
    on_chosen(command, line, [&line, act] { return act.second(line, *act.first); });
    return command;
}

}  // namespace

void add_account(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand("account", "the accounts of this server");
    command.require_subcommand(1);
    const auto words = std::make_shared<OrganizationArgs>();
    CLI::App& create = add_organization_command(command, line, "create",
                                                "makes an account and prints the key of its root user",
                                                {words, create_account});
    create.add_option("name", words->name, "a name for people")->required();
    create.add_option("--id", words->account, "12 digits; default: random ones");
    create.add_flag("--json", words->json, "JSON instead of shell exports");
    add_organization_command(command, line, "list", "all accounts", {words, list_accounts})
        .add_flag("--json", words->json, "JSON instead of a table");
}

void add_guardrail(CLI::App& app, CommandLine& line) {
    CLI::App& command =
        *app.add_subcommand("guardrail", "what nobody in an account can exceed: service control policies");
    command.require_subcommand(1);
    const auto words = std::make_shared<OrganizationArgs>();
    const auto of_account = [&](CLI::App& one) -> CLI::App& {
        one.add_option("--account", words->account, "default: the account of the caller");
        return one;
    };
    CLI::App& put = of_account(add_organization_command(
        command, line, "put", "sets a guardrail; it binds the very next call and login",
        {words, put_guardrail}));
    put.add_option("name", words->name, "the guardrail")->required();
    put.add_option("document", words->document, "the policy: JSON, file://PATH, or - for standard input")
        ->required();
    of_account(add_organization_command(command, line, "show", "prints a guardrail's policy",
                                        {words, show_guardrail}))
        .add_option("name", words->name, "the guardrail")
        ->required();
    of_account(add_organization_command(command, line, "list", "all guardrails of an account",
                                        {words, list_guardrails}))
        .add_flag("--json", words->json, "JSON instead of a table");
    of_account(add_organization_command(command, line, "delete", "takes a guardrail away",
                                        {words, delete_guardrail}))
        .add_option("name", words->name, "the guardrail")
        ->required();
    command.footer(
        "Every account begins with the guardrail FullAWSAccess, which allows everything. Guardrails that "
        "only deny go beside it; delete it to list what is allowed instead.");
}

}  // namespace countersign::cli
