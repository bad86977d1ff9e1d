#include "cli/connection.h"

#include <fmt/format.h>

#include <filesystem>

#include "client/api_client.h"
#include "client/aws_config.h"
#include "client/credentials/chain.h"
#include "sigv4/token.h"

namespace countersign::cli {

namespace {

// Sessions of roles are asked for at this server.
Result<sigv4::Credentials> credentials_of_caller(const client::Environment& environment,
                                                 const client::DataDir& dir,
                                                 const ConnectionRequest& request) {
    return std::move(TRY(client::find_credentials({environment, request.profile, dir.root.string(),
                                                   client::InstanceMetadata::named}))
                         .credentials);
}

}  // namespace

void add_connection_options(CLI::App& command, CommandLine& line, ConnectionRequest& request) {
    add_data_dir(command, line);
    command
        .add_option("database", request.database, "identifier of the cluster or instance, or a pooler's name")
        ->required();
    command.add_option("--user,-U", request.user, "the database user")->required();
    command.add_option("--dbname,-d", request.dbname, "the database in it")->capture_default_str();
    command.add_option("--region", request.region, "region of the database");
    command.add_option("--profile", request.profile, "profile of the shared AWS configuration files");
    command.add_option("--sslrootcert", request.sslrootcert,
                       "PEM file of who vouches for the server; needed for poolers and attached servers");
}

Result<client::DatabaseEndpoint> find_endpoint_for(client::ApiTarget target, const std::string& database,
                                                   const sigv4::Credentials* caller) {
    Result<client::DatabaseEndpoint> found = client::find_endpoint(target, database);
    if (found || caller == nullptr) return found;
    target.credentials = *caller;
    Result<client::DatabaseEndpoint> own = client::find_endpoint(target, database);
    return own ? own : found;
}

Result<std::string> authority_of(const std::string& bundle, const ConnectionRequest& request,
                                 const client::DatabaseEndpoint& endpoint) {
    if (request.sslrootcert == "system") return request.sslrootcert;
    if (!request.sslrootcert.empty()) return std::filesystem::absolute(request.sslrootcert).string();
    if (endpoint.certificate == client::DatabaseEndpoint::Certificate::ours && !bundle.empty()) return bundle;
    return Error{Fault::invalid, fmt::format("{} has a certificate of its owner's; name the file of who "
                                             "vouches for it: --sslrootcert FILE",
                                             request.database)};
}

Result<Connection> find_connection(const client::DataDir& dir, const client::RunningServer& server,
                                   const ConnectionRequest& request) {
    const client::Environment environment = client::process_environment();
    const Result<sigv4::Credentials> caller = credentials_of_caller(environment, dir, request);
    if (!caller && (!request.profile.empty() || !client::found_nowhere(caller.error())))
        return caller.error();
    client::ApiTarget target = client::target_of(server);
    Connection connection;
    connection.user = request.user;
    connection.dbname = request.dbname;
    connection.credentials = caller ? *caller : target.credentials;
    connection.region =
        request.region.empty() ? client::find_region(environment, request.profile) : request.region;
    if (connection.region.empty()) connection.region = server.region;
    target.region = connection.region;
    const client::DatabaseEndpoint endpoint =
        TRY(find_endpoint_for(std::move(target), request.database, caller ? &*caller : nullptr));
    connection.host = endpoint.host;
    connection.port = endpoint.port;
    connection.sslrootcert = TRY(authority_of(dir.bundle().string(), request, endpoint));
    return connection;
}

std::string token_for(const Connection& connection, Instant now) {
    return sigv4::make_token({connection.host, connection.port, connection.region, connection.user},
                             connection.credentials, now);
}

}  // namespace countersign::cli
