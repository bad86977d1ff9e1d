// countersign token: what `aws rds generate-db-auth-token` prints, without its second of start-up.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "client/aws_config.h"

namespace countersign::cli {

struct TokenOptions {
    std::string hostname;
    std::uint16_t port = 0;
    std::string username;
    std::string region;    // empty: as the AWS CLI finds it
    std::string profile;   // empty: as the AWS CLI finds it
    std::string data_dir;  // of the server whose administrator signs where nobody's credentials are found
};

Result<std::string> database_token(const TokenOptions& options, const client::Environment& environment,
                                   Instant now);

}  // namespace countersign::cli
