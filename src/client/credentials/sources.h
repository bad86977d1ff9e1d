// The sources of credentials, a file each, in the order of the AWS CLI (chain.cc).
#pragma once

#include <string>

#include "base/result.h"
#include "client/credentials/search.h"

namespace countersign::client {

Result<SourceAnswer> from_environment(const Search& search);
Result<SourceAnswer> from_container(const Search& search);
Result<SourceAnswer> from_instance(const Search& search);

// Of that profile.
Result<SourceAnswer> from_credentials_file(const Search& search, const std::string& profile);
Result<SourceAnswer> from_config_file(const Search& search, const std::string& profile);
Result<SourceAnswer> from_process(const Search& search, const std::string& profile);
Result<SourceAnswer> from_sso(const Search& search, const std::string& profile);
Result<SourceAnswer> from_assume_role(const Search& search, const std::string& profile);

// With the variables AWS_ROLE_ARN and its relatives before the profile's settings, or without them.
enum class WebIdentityVariables { read, ignored };
Result<SourceAnswer> from_web_identity(const Search& search, const std::string& profile,
                                       WebIdentityVariables variables);

// What a profile has besides role_arn with a source: the AWS CLI's order for a source_profile.
Result<SourceAnswer> from_profile(const Search& search, const std::string& profile,
                                  WebIdentityVariables variables);

}  // namespace countersign::client
