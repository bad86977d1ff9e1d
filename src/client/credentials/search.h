// What a search for credentials goes by, shared by its sources.
#pragma once

#include <string>

#include "base/clock.h"
#include "client/credentials/cache.h"
#include "client/credentials/found.h"
#include "client/credentials/profiles.h"

namespace countersign::client {

// Where an instance's metadata is asked for credentials.
enum class InstanceMetadata {
    as_sdks,  // wherever the SDKs do, the link-local address included
    named,    // only at an endpoint that a setting names
};

// Which settings say where a service is asked.
enum class Endpoints {
    all,             // those of every service, and the server of a data directory
    of_the_service,  // those that name the service, alone
};

struct CredentialRequest {
    Environment environment;
    std::string profile = {};   // named on the command line; empty: none
    std::string data_dir = {};  // of a server that was named; empty: none
    InstanceMetadata instance = InstanceMetadata::as_sdks;
    Endpoints endpoints = Endpoints::all;
};

struct Search {
    CredentialRequest request;
    Profiles profiles;
    std::string profile;  // that counts
    Instant now;

    bool profile_is_explicit() const { return !request.profile.empty(); }
    std::string variable(const std::string& name) const { return value_of(request.environment, name); }
    // A variable, else the profile's setting.
    std::string setting(const std::string& variable_name, const std::string& name) const {
        std::string value = variable(variable_name);
        return value.empty() ? profiles.get(profile, name) : value;
    }
    Path aws_folder() const { return Path(home_of(request.environment)) / ".aws"; }
    FileCache session_cache() const { return FileCache(aws_folder() / "cli" / "cache"); }
    FileCache sign_in_cache() const { return FileCache(aws_folder() / "sso" / "cache"); }
};

}  // namespace countersign::client
