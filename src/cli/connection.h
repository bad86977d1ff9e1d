// What a client needs to reach a database as a user: its endpoint, the CA's file, and whose credentials sign
// the tokens. The commands that hand it over (psql, connect-info, pgadmin) share it.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "client/api_client.h"
#include "client/data_dir.h"
#include "sigv4/signing.h"

namespace countersign::cli {

struct ConnectionRequest {
    std::string database;  // identifier of a cluster, an instance or an attached server; or a pooler
    std::string user;
    std::string dbname = "postgres";
    std::string region;
    std::string profile;
    std::string sslrootcert;
};

// The options that say it.
void add_connection_options(CLI::App& command, CommandLine& line, ConnectionRequest& request);

struct Connection {
    std::string host;
    std::uint16_t port = 0;
    std::string region;
    std::string user;
    std::string dbname;
    std::string sslrootcert;  // absolute, or libpq's word "system"
    sigv4::Credentials credentials;
};

// Credentials are found as by the AWS CLI (client/credentials/chain.h); where no source has any, they are the
// administrator's. Fault::invalid where the database's owner made its certificate and no CA is named.
Result<Connection> find_connection(const client::DataDir& dir, const client::RunningServer& server,
                                   const ConnectionRequest& request);

// Asked as `target` says; the database may also be one of the caller's own account.
Result<client::DatabaseEndpoint> find_endpoint_for(client::ApiTarget target, const std::string& database,
                                                   const sigv4::Credentials* caller);

// PEM file of who vouches for the server, absolute, or libpq's word "system". `bundle` is ours, where it is
// known. Fault::invalid where the database's owner made its certificate and no CA is named.
Result<std::string> authority_of(const std::string& bundle, const ConnectionRequest& request,
                                 const client::DatabaseEndpoint& endpoint);

std::string token_for(const Connection& connection, Instant now);

}  // namespace countersign::cli
