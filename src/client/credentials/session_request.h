// Asks STS for the session of a role, and keeps it as the AWS CLI does.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "client/credentials/cache.h"
#include "client/credentials/search.h"

namespace countersign::client {

// What is sent beside the arguments that the cached session goes by: the code of a device, a token.
struct SessionRequest {
    std::string_view action;
    SessionArguments arguments;              // role, external id, …: what the cached session goes by
    SessionArguments unkept_arguments = {};  // a device's code, a token
    sigv4::Credentials credentials = {};     // that sign it; without a key it is not signed
};

Result<FoundCredentials> ask_sts(const Search& search, const SessionRequest& request);

// role_session_name, or one of our own.
std::string session_name_or_own(const std::string& configured, Instant now);

}  // namespace countersign::client
