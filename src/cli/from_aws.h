// Credentials of a role for whoever has credentials of AWS: a signed GetCallerIdentity request is handed to
// the server instead of a key of ours.
#pragma once

#include <cstdint>
#include <pugixml.hpp>
#include <string>

#include "base/result.h"
#include "client/aws_config.h"

namespace countersign::cli {

struct FromAwsOptions {
    std::string role;  // its ARN
    std::string session_name;
    std::uint32_t duration = 0;  // seconds
    std::string profile;         // whose credentials of AWS; empty: the environment's
    std::string endpoint_url;    // of the server; empty: AWS_ENDPOINT_URL
    std::string server_name;     // by which it knows itself; empty: host and port of that URL
    std::string aws_sts;         // URL of the STS that is to vouch; empty: that of the region
    std::string aws_region;      // empty: the settings'
};

// The answer of AssumeRoleWithWebIdentity. Fault::invalid names the option that is missing.
Result<pugi::xml_document> role_from_aws(const FromAwsOptions& options,
                                         const client::Environment& environment);

}  // namespace countersign::cli
