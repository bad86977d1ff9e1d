#include "cli/credentials.h"

#include <fmt/format.h>

#include <memory>

#include "cli/from_aws.h"
#include "cli/output.h"
#include "client/api_client.h"
#include "client/aws_config.h"
#include "formats/json.h"
#include "model/arn.h"

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
};

// Where to ask, and as whom: the profile, the environment, or the administrator.
Result<client::ApiTarget> target_for(const CommandLine& line, const CredentialsArgs& words) {
    const client::Environment environment = client::process_environment();
    client::ApiTarget target = TRY(client::find_target(line.data_dir, environment));
    auto found = client::find_credentials(environment, words.profile);
    if (!found && !words.profile.empty()) return found.error();
    if (found) target.credentials = *std::move(found);
    return target;
}

Result<std::string> arn_of(const client::ApiClient& client, const std::string& role) {
    if (role.starts_with("arn:")) return role;
    const auto who = TRY(client.call(client::Api::sts, "GetCallerIdentity", {}));
    const auto caller = model::parse_arn(who.select_node("//Arn").node().child_value());
    if (!caller) return Error{Fault::internal, "the server does not say who is calling"};
    return model::Arn{caller->partition, "iam", "", caller->account, "role/" + role}.text();
}

// Source: AWS CLI User Guide, "Sourcing credentials with an external process".
json::object process_output(const sigv4::Credentials& credentials) {
    json::object output{{"Version", 1},
                        {"AccessKeyId", credentials.access_key_id},
                        {"SecretAccessKey", credentials.secret_access_key.reveal()}};
    if (!credentials.session_token.empty()) output["SessionToken"] = credentials.session_token;
    return output;
}

void print_session(const pugi::xml_document& answer) {
    const pugi::xml_node made = answer.select_node("//Credentials").node();
    json::object output =
        process_output({made.child_value("AccessKeyId"), Secret(made.child_value("SecretAccessKey")),
                        made.child_value("SessionToken")});
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
    const client::ApiTarget target = TRY(target_for(line, words));
    if (words.role.empty()) {
        print_json(process_output(target.credentials));
        return {};
    }
    const client::ApiClient client(target);
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
    command.footer("The output holds a secret: it is meant for a program to read.");
    on_chosen(command, line, [&line, words] { return print_credentials(line, *words); });
}

}  // namespace countersign::cli
