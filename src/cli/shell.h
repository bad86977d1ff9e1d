// Commands that hand over to another program: the environment for the AWS CLI, the AWS CLI itself, psql.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/connection.h"
#include "client/data_dir.h"

namespace countersign::cli {

// Lines for `eval`: exports that point every AWS tool at this server with the administrator's key.
std::string env_lines(const client::RunningServer& server);

// The services of AWS that are offered, as the AWS CLI names them.
std::vector<std::string> services_of_aws();

// The same for these of them alone: the rest stays AWS's, with the shell's own profile.
std::string env_lines_for(const client::RunningServer& server, const std::vector<std::string>& services);

// The same without a key: the AWS tools get the machine's role by themselves. `kind` is container or ec2.
// Fault::unavailable when the server offers no role.
Result<std::string> metadata_env_lines(const client::DataDir& dir, const client::RunningServer& server,
                                       const std::string& kind);

// Runs `aws` against this server, whatever its version; only returns when that fails.
Result<void> run_aws(const client::RunningServer& server, const std::vector<std::string>& arguments);

struct PsqlOptions {
    ConnectionRequest request;
    std::vector<std::string> arguments;
};
// Makes a token for the user, then runs psql over verify-full; only returns when that fails.
Result<void> run_psql(const client::DataDir& dir, const client::RunningServer& server,
                      const PsqlOptions& options, Instant now);

}  // namespace countersign::cli
