#include "cli/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

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

}  // namespace

std::string env_lines(const client::RunningServer& server) {
    return fmt::format(
        "export AWS_ENDPOINT_URL={}\nexport AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n"
        "export AWS_DEFAULT_REGION={}\nexport AWS_REGION={}\nunset AWS_SESSION_TOKEN AWS_PROFILE\n{}",
        shell_quoted(server.url), shell_quoted(server.access_key_id), shell_quoted(server.secret_access_key),
        shell_quoted(server.region), shell_quoted(server.region), aws_function);
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
    return lines + std::string(aws_function);
}

Result<void> run_aws(const client::RunningServer& server, const std::vector<std::string>& arguments) {
    set("AWS_ENDPOINT_URL", server.url);
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
