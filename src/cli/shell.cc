#include "cli/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/api_client.h"
#include "cli/aws_config.h"
#include "sigv4/token.h"

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

std::string env_lines(const RunningServer& server) {
    return fmt::format(
        "export AWS_ENDPOINT_URL={}\nexport AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n"
        "export AWS_DEFAULT_REGION={}\nexport AWS_REGION={}\nunset AWS_SESSION_TOKEN AWS_PROFILE\n{}",
        server.url, server.access_key_id, server.secret_access_key, server.region, server.region,
        aws_function);
}

Result<void> run_aws(const RunningServer& server, const std::vector<std::string>& arguments) {
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

Result<void> run_psql(const DataDir& dir, const RunningServer& server, const PsqlOptions& options,
                      Instant now) {
    const Environment environment = process_environment();
    Result<sigv4::Credentials> found = find_credentials(environment, "");
    ApiTarget target = target_of(server);
    const sigv4::Credentials credentials = found ? *found : target.credentials;
    std::string region = options.region.empty() ? find_region(environment, "") : options.region;
    if (region.empty()) region = server.region;
    target.region = region;
    Result<DatabaseEndpoint> looked_up = find_endpoint(target, options.database);
    if (!looked_up && found) {  // the database may be one of the caller's own account
        target.credentials = credentials;
        Result<DatabaseEndpoint> own = find_endpoint(target, options.database);
        if (own) looked_up = std::move(own);
    }
    const DatabaseEndpoint endpoint = TRY(std::move(looked_up));
    set("PGPASSWORD",
        sigv4::make_token({endpoint.host, endpoint.port, region, options.user}, credentials, now));
    set("PGHOST", endpoint.host);
    set("PGPORT", std::to_string(endpoint.port));
    set("PGUSER", options.user);
    set("PGDATABASE", options.dbname);
    set("PGSSLMODE", "verify-full");
    set("PGSSLROOTCERT", dir.bundle().string());
    return exec("psql", options.arguments);
}

}  // namespace countersign::cli
