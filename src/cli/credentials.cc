#include "cli/credentials.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/from_aws.h"
#include "cli/output.h"
#include "client/api_client.h"
#include "client/aws_config.h"
#include "client/credentials/chain.h"
#include "formats/iso_time.h"
#include "formats/json.h"
#include "model/arn.h"
#include "model/region.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct CredentialsArgs {
    std::string role;
    std::string session_name = "countersign";
    std::string profile;
    std::uint32_t duration = 3600;
    bool from_aws = false;
    FromAwsOptions aws;
    bool explain = false;
    bool json = false;
};

struct Caller {
    client::ApiTarget target;
    std::optional<Instant> expiration;  // of the credentials in it
};

// The server and its administrator, where no data directory is named and AWS_ENDPOINT_URL names none.
Result<std::optional<client::ApiTarget>> administrator(const CommandLine& line,
                                                       const client::Environment& environment) {
    const std::string url = client::value_of(environment, "AWS_ENDPOINT_URL");
    if (line.data_dir.empty() && !url.empty()) return std::optional<client::ApiTarget>();
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    return std::optional(client::target_of(TRY(client::find_server(dir))));
}

client::CredentialRequest request_of(const CommandLine& line, const CredentialsArgs& words,
                                     const client::Environment& environment, bool has_administrator) {
    return {environment, words.profile, line.data_dir,
            has_administrator && words.profile.empty() ? client::InstanceMetadata::named
                                                       : client::InstanceMetadata::as_sdks};
}

client::ApiTarget remote_target(const client::Environment& environment) {
    std::string region = client::find_region(environment, "");
    if (region.empty()) region = model::default_region;
    return {client::value_of(environment, "AWS_ENDPOINT_URL"),
            region,
            {},
            client::value_of(environment, "AWS_CA_BUNDLE")};
}

// Where to ask, and as whom: the first source that has credentials, or the administrator.
Result<Caller> find_caller(const CommandLine& line, const CredentialsArgs& words) {
    const client::Environment environment = client::process_environment();
    auto server = administrator(line, environment);
    const bool has_administrator = server && *server;
    auto found = client::find_credentials(request_of(line, words, environment, has_administrator));
    const bool found_nowhere = !found && words.profile.empty() && client::found_nowhere(found.error());
    if (!server && (found_nowhere || (found && !words.role.empty()))) return server.error();
    if (!found && !(found_nowhere && has_administrator)) return found.error();
    Caller caller{has_administrator ? **server : remote_target(environment), {}};
    if (!found) return caller;
    caller.target.credentials = std::move(found->credentials);
    caller.expiration = found->expiration;
    return caller;
}

Result<std::string> arn_of(const client::ApiClient& client, const std::string& role) {
    if (role.starts_with("arn:")) return role;
    const auto who = TRY(client.call(client::Api::sts, "GetCallerIdentity", {}));
    const auto caller = model::parse_arn(who.select_node("//Arn").node().child_value());
    if (!caller) return Error{Fault::internal, "the server does not say who is calling"};
    return model::Arn{caller->partition, "iam", "", caller->account, "role/" + role}.text();
}

// Source: AWS CLI User Guide, "Sourcing credentials with an external process".
json::object process_output(const sigv4::Credentials& credentials, std::optional<Instant> expiration) {
    json::object output{{"Version", 1},
                        {"AccessKeyId", credentials.access_key_id},
                        {"SecretAccessKey", credentials.secret_access_key.reveal()}};
    if (!credentials.session_token.empty()) output["SessionToken"] = credentials.session_token;
    if (expiration) output["Expiration"] = formats::second_time(*expiration);
    return output;
}

void print_session(const pugi::xml_document& answer) {
    const pugi::xml_node made = answer.select_node("//Credentials").node();
    json::object output =
        process_output({made.child_value("AccessKeyId"), Secret(made.child_value("SecretAccessKey")),
                        made.child_value("SessionToken")},
                       {});
    output["Expiration"] = made.child_value("Expiration");
    print_json(output);
}

Result<void> print_from_aws(const CredentialsArgs& words) {
    FromAwsOptions options = words.aws;
    options.role = words.role;
    options.session_name = words.session_name;
    options.duration = words.duration;
    options.profile = words.profile;
    print_session(TRY(role_from_aws(options, client::process_environment())));
    return {};
}

Result<void> print_credentials(const CommandLine& line, const CredentialsArgs& words) {
    if (words.from_aws) return print_from_aws(words);
    const Caller caller = TRY(find_caller(line, words));
    if (words.role.empty()) {
        print_json(process_output(caller.target.credentials, caller.expiration));
        return {};
    }
    const client::ApiClient client(caller.target);
    const std::string arn = TRY(arn_of(client, words.role));
    print_session(TRY(client.call(client::Api::sts, "AssumeRole",
                                  {{"RoleArn", arn},
                                   {"RoleSessionName", words.session_name},
                                   {"DurationSeconds", std::to_string(words.duration)}})));
    return {};
}

void add_from_aws(CLI::App& command, CredentialsArgs& words) {
    CLI::Option* const from_aws = command.add_flag(
        "--from-aws", words.from_aws,
        "prove who one is by credentials of AWS: a request to AWS's STS is signed, and sent by the server");
    const auto add = [&](const char* name, std::string& value, const char* help) {
        return command.add_option(name, value, help)->needs(from_aws);
    };
    add("--endpoint-url", words.aws.endpoint_url, "the server; default: AWS_ENDPOINT_URL")->type_name("URL");
    add("--server-name", words.aws.server_name,
        "its name among the client ids of its provider sts.amazonaws.com; default: host and port of the URL");
    add("--aws-region", words.aws.aws_region, "whose STS is to vouch; default: the region of AWS's settings");
    add("--aws-sts", words.aws.aws_sts, "another STS than the region's: a VPC endpoint's")->type_name("URL");
}

std::string_view word_of(client::SourceOutcome outcome) {
    switch (outcome) {
        case client::SourceOutcome::used:
            return "used";
        case client::SourceOutcome::nothing:
            return "nothing";
        case client::SourceOutcome::failed:
            return "failed";
    }
    return "";
}

void print_reports(const std::vector<client::SourceReport>& reports, bool as_json) {
    json::array rows;
    for (const client::SourceReport& report : reports) {
        if (as_json)
            rows.push_back(json::object{
                {"source", report.source}, {"outcome", word_of(report.outcome)}, {"detail", report.detail}});
        else
            print_line("{:<30} {:<9} {}", report.source, word_of(report.outcome), report.detail);
    }
    if (as_json) print_json(rows);
}

// The sources in their order, up to the one that decides. It holds no secret.
Result<void> explain_credentials(const CommandLine& line, const CredentialsArgs& words) {
    const client::Environment environment = client::process_environment();
    const auto server = administrator(line, environment);
    const bool has_administrator = server && *server && words.profile.empty();
    client::SearchReport report =
        client::explain_search(request_of(line, words, environment, has_administrator));
    const bool is_administrator =
        !report.found && client::found_nowhere(report.found.error()) && has_administrator;
    if (is_administrator)
        report.sources.push_back(
            {"administrator", client::SourceOutcome::used, "of the server at " + (*server)->url});
    print_reports(report.sources, words.json);
    if (report.found || is_administrator) return {};
    if (!client::found_nowhere(report.found.error())) return report.found.error();
    return Error{Fault::not_found, "no source has credentials"};
}

}  // namespace

void add_credentials(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<CredentialsArgs>();
    CLI::App& command = *app.add_subcommand(
        "credentials", "prints credentials as credential_process of AWS profiles wants them");
    add_data_dir(command, line);
    command.add_option("--role", words->role,
                       "name or ARN of a role to assume; without it, the credentials that would be used");
    command.add_option("--session-name", words->session_name, "name of the role's session")
        ->capture_default_str();
    command.add_option("--duration", words->duration, "seconds that the session is good for")
        ->capture_default_str();
    command.add_option("--profile", words->profile,
                       "profile with the key that assumes the role; default: the environment's");
    add_from_aws(command, *words);
    CLI::Option* const explain =
        command.add_flag("--explain", words->explain,
                         "show which sources were looked at, what each had, and which one is used");
    command.add_flag("--json", words->json, "with --explain: as JSON")->needs(explain);
    command.footer(
        "Without --explain the output holds a secret: it is meant for a program to read. docs/credentials.md "
        "lists the sources.");
    on_chosen(command, line, [&line, words] {
        return words->explain ? explain_credentials(line, *words) : print_credentials(line, *words);
    });
}

}  // namespace countersign::cli
