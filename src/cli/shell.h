// Commands that hand over to another program: the environment for the AWS CLI, the AWS CLI itself, psql.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/data_dir.h"

namespace countersign::cli {

// Lines for `eval`: exports that point every AWS tool at this server with the administrator's key.
std::string env_lines(const RunningServer& server);

// Runs `aws` against this server, whatever its version; only returns when that fails.
Result<void> run_aws(const RunningServer& server, const std::vector<std::string>& arguments);

struct PsqlOptions {
    std::string database;  // identifier of the cluster or instance
    std::string user;
    std::string dbname = "postgres";
    std::string region;
    std::vector<std::string> arguments;
};
// Makes a token for the user, then runs psql over verify-full; only returns when that fails. Credentials are
// those of the environment, as for the AWS CLI; without any, the administrator's.
Result<void> run_psql(const DataDir& dir, const RunningServer& server, const PsqlOptions& options,
                      Instant now);

}  // namespace countersign::cli
