// What tokens for one database and user are made of, again and again: for commands that go on for longer than
// a token, on machines with a data directory and without one. Not safe to call from several threads.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "cli/connection.h"
#include "client/api_client.h"
#include "client/aws_config.h"
#include "client/credentials/found.h"
#include "sigv4/token.h"

namespace countersign::cli {

// What a token is made of.
struct Signable {
    sigv4::TokenTarget target;
    sigv4::Credentials credentials;
    std::optional<Instant> until;  // the end of the credentials; none: not known, or never
};

struct DatabaseToken {
    Secret text;
    Instant good_until;  // of the token, and of the credentials that signed it
};
DatabaseToken sign(const Signable& signable, Instant now,
                   std::chrono::seconds lifetime = limits::token_lifetime_max);

class LoginSource {
public:
    // The database is named by what find_endpoint() takes, or is HOST:PORT: then no server is asked where it
    // is. The server is the one of a data directory that was named; else that of AWS_ENDPOINT_URL; else the
    // one of the default data directory.
    LoginSource(std::string data_dir, ConnectionRequest request);

    // Finds credentials anew, and asks where the database is; while the server does not say, it is where it
    // was. Credentials are the caller's; where there are none, and the server has a data directory, the
    // administrator's. Fault::not_found: there is no such database.
    Result<Signable> find();

    // PEM file of who vouches for the server, or libpq's word "system"; to be asked after find().
    // Fault::invalid where none is named, and none can be known.
    Result<std::string> authority() const;

    const ConnectionRequest& request() const { return request_; }

private:
    struct Signer {
        client::ApiTarget target;  // whom to ask, as the administrator where there is one
        client::FoundCredentials found;
        bool is_caller = false;
    };
    Result<Signer> find_signer() const;
    Result<std::string> find_region(const Signer& signer) const;
    Result<client::DatabaseEndpoint> find_endpoint(const Signer& signer, const std::string& region);
    bool is_remote() const;

    const std::string data_dir_;
    const ConnectionRequest request_;
    const client::Environment environment_ = client::process_environment();
    std::optional<client::DatabaseEndpoint> literal_;  // HOST:PORT
    std::optional<client::DatabaseEndpoint> known_;
};

}  // namespace countersign::cli
