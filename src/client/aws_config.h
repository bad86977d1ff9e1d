// AWS's shared configuration and credentials files, read as the AWS CLI reads them, and the credentials and
// region that result. Source: AWS CLI User Guide, "Configuration and credential file settings".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sigv4/signing.h"

namespace countersign::client {

// Sections of name = value lines.
class AwsConfig {
public:
    // Empty when the section or the name is absent.
    std::string get(const std::string& section, const std::string& name) const;
    bool has(const std::string& section) const { return sections_.contains(section); }

private:
    friend AwsConfig parse_aws_config(std::string_view text);
    std::map<std::string, std::map<std::string, std::string>> sections_;
};

AwsConfig parse_aws_config(std::string_view text);

// Where settings come from: the environment, and a profile named on the command line (empty: none).
using Environment = std::function<std::optional<std::string>(const std::string&)>;
Environment process_environment();

// In the AWS CLI's order: an explicit profile; AWS_ACCESS_KEY_ID and friends; the profile of AWS_PROFILE or
// "default" in the credentials file, then in the configuration file.
Result<sigv4::Credentials> find_credentials(const Environment& environment, const std::string& profile);

// In the AWS CLI's order: AWS_REGION, AWS_DEFAULT_REGION, the profile's region. Empty when there is none.
std::string find_region(const Environment& environment, const std::string& profile);

}  // namespace countersign::client
