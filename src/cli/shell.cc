#include "cli/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "cli/shell_words.h"
#include "services/metadata/pages.h"

namespace countersign::cli {

namespace {

Error cannot_run(const std::string& program) {
    const std::string hint = errno == ENOENT ? "; is it installed?" : "";
    return Error{Fault::unavailable, "cannot run " + program + ": " + std::strerror(errno) + hint};
}

// Version 1 of the AWS CLI does not look at AWS_ENDPOINT_URL for `aws rds` in us-east-1 (its
// customizations/overridesslcommonname.py), and 2.9 never does; the option is honoured by every version.
constexpr std::string_view aws_function =
    "aws() { command aws --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"; }\n"
    "if [ -n \"${BASH_VERSION:-}\" ]; then export -f aws; fi\n";

// The variables by which the AWS CLI and SDKs find one service (AWS SDKs and Tools Reference Guide,
// "Service-specific endpoints"), in the order in which they are told.
struct ServiceVariable {
    std::string_view service;  // as the AWS CLI names it
    std::string_view variable;
};
constexpr std::array<ServiceVariable, 12> service_variables{
    {{"rds", "AWS_ENDPOINT_URL_RDS"},
     {"secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"},
     {"ec2", "AWS_ENDPOINT_URL_EC2"},
     {"iam", "AWS_ENDPOINT_URL_IAM"},
     {"sts", "AWS_ENDPOINT_URL_STS"},
     {"cloudwatch", "AWS_ENDPOINT_URL_CLOUDWATCH"},
     {"cloudtrail", "AWS_ENDPOINT_URL_CLOUDTRAIL"},
     {"accessanalyzer", "AWS_ENDPOINT_URL_ACCESSANALYZER"},
     {"sso", "AWS_ENDPOINT_URL_SSO"},
     {"sso-oidc", "AWS_ENDPOINT_URL_SSO_OIDC"},
     {"sso-admin", "AWS_ENDPOINT_URL_SSO_ADMIN"},
     {"identitystore", "AWS_ENDPOINT_URL_IDENTITYSTORE"}}};

// `aws` with one of these services asks the server with its key, and for all else AWS without it. A word that
// only looks like a service is taken for one: what is meant for here must not reach AWS.
std::string aws_function_for(const client::RunningServer& server, const std::vector<std::string>& services) {
    return fmt::format(
        "aws() (\n"
        "  for word; do\n"
        "    case $word in {}) command aws --endpoint-url {}{} \"$@\"; exit ;; esac\n"
        "  done\n"
        "  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n"
        "  command aws \"$@\"\n"
        ")\n"
        "if [ -n \"${{BASH_VERSION:-}}\" ]; then export -f aws; fi\n",
        joined(services, "|"), shell_quoted(server.url),
        server.ca_bundle.empty() ? "" : " --ca-bundle " + shell_quoted(server.ca_bundle));
}

// Replaces this process. The names in `arguments` are handed over as they are.
Error exec(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execvp(program.c_str(), argv.data());
    return cannot_run(program);
}

void set(const char* name, const std::string& value) {
    ::setenv(name, value.c_str(), 1);
}

// For an environment in which everything asks this server: all others' certificates would be refused.
std::string trust_line(const client::RunningServer& server) {
    if (server.ca_bundle.empty()) return {};
    return fmt::format("export AWS_CA_BUNDLE={}\n", shell_quoted(server.ca_bundle));
}

std::string key_lines(const client::RunningServer& server) {
    return fmt::format(
        "export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n"
        "export AWS_DEFAULT_REGION={}\nexport AWS_REGION={}\n",
        shell_quoted(server.access_key_id), shell_quoted(server.secret_access_key),
        shell_quoted(server.region), shell_quoted(server.region));
}

}  // namespace

std::string env_lines(const client::RunningServer& server) {
    return fmt::format("export AWS_ENDPOINT_URL={}\n{}{}unset AWS_SESSION_TOKEN AWS_PROFILE\n{}",
                       shell_quoted(server.url), trust_line(server), key_lines(server), aws_function);
}

std::vector<std::string> services_of_aws() {
    std::vector<std::string> names;
    names.reserve(service_variables.size());
    for (const ServiceVariable& row : service_variables) names.emplace_back(row.service);
    return names;
}

std::string env_lines_for(const client::RunningServer& server, const std::vector<std::string>& services) {
    std::string lines = "unset AWS_ENDPOINT_URL\n";
    for (const ServiceVariable& row : service_variables)
        if (std::ranges::find(services, row.service) != services.end())
            lines += fmt::format("export {}={}\n", row.variable, shell_quoted(server.url));
        else
            lines += fmt::format("unset {}\n", row.variable);
    return lines + key_lines(server) + "unset AWS_SESSION_TOKEN\n" + aws_function_for(server, services);
}

Result<std::string> metadata_env_lines(const client::DataDir& dir, const client::RunningServer& server,
                                       const std::string& kind) {
    if (server.metadata_url.empty())
        return Error{Fault::unavailable,
                     "the server offers no role to this machine; start it with --metadata-role ROLE"};
    std::string lines = fmt::format(
        "export AWS_ENDPOINT_URL={0}\nexport AWS_DEFAULT_REGION={1}\nexport AWS_REGION={1}\n"
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE "
        "AWS_EC2_METADATA_DISABLED\n",
        shell_quoted(server.url), shell_quoted(server.region));
    if (kind == "ec2")
        lines += fmt::format(
            "export AWS_EC2_METADATA_SERVICE_ENDPOINT={}\n"
            "unset AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE\n",
            shell_quoted(server.metadata_url));
    else
        lines += fmt::format(
            "export AWS_CONTAINER_CREDENTIALS_FULL_URI={}\n"
            "export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={}\nunset AWS_CONTAINER_AUTHORIZATION_TOKEN\n",
            shell_quoted(server.metadata_url + std::string(metadata::container_path)),
            shell_quoted(dir.metadata_token().string()));
    return lines + trust_line(server) + std::string(aws_function);
}

Result<void> run_aws(const client::RunningServer& server, const std::vector<std::string>& arguments) {
    set("AWS_ENDPOINT_URL", server.url);
    if (!server.ca_bundle.empty()) set("AWS_CA_BUNDLE", server.ca_bundle);
    if (std::getenv("AWS_ACCESS_KEY_ID") == nullptr) {
        set("AWS_ACCESS_KEY_ID", server.access_key_id);
        set("AWS_SECRET_ACCESS_KEY", server.secret_access_key);
        ::unsetenv("AWS_SESSION_TOKEN");
    }
    if (std::getenv("AWS_DEFAULT_REGION") == nullptr) set("AWS_DEFAULT_REGION", server.region);
    std::vector<std::string> all{"--endpoint-url", server.url};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return exec("aws", all);
}

Result<void> run_psql(const client::DataDir& dir, const client::RunningServer& server,
                      const PsqlOptions& options, Instant now) {
    const Connection connection = TRY(find_connection(dir, server, options.request));
    set("PGPASSWORD", token_for(connection, now));
    set("PGHOST", connection.host);
    set("PGPORT", std::to_string(connection.port));
    set("PGUSER", connection.user);
    set("PGDATABASE", connection.dbname);
    set("PGSSLMODE", "verify-full");
    set("PGSSLROOTCERT", connection.sslrootcert);
    return exec("psql", options.arguments);
}

}  // namespace countersign::cli
