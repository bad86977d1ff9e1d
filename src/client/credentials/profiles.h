// The profiles of the shared configuration and credentials files, the sections that they name, and where both
// files are. Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
#pragma once

#include <map>
#include <string>

#include "base/files.h"
#include "client/aws_config.h"

namespace countersign::client {

class Profiles {
public:
    using Sections = std::map<std::string, AwsConfig::Section>;

    Profiles() = default;
    Profiles(const AwsConfig& credentials, const AwsConfig& config);

    bool has(const std::string& profile) const;
    // The credentials file's value, else the configuration file's. Empty when neither has one.
    std::string get(const std::string& profile, const std::string& name) const;
    std::string in_credentials_file(const std::string& profile, const std::string& name) const;
    std::string in_config_file(const std::string& profile, const std::string& name) const;

    // Sections "sso-session NAME" and "services NAME" of the configuration file; nullptr when there is none.
    const AwsConfig::Section* sso_session(const std::string& name) const;
    const AwsConfig::Section* services(const std::string& name) const;

    Path credentials_file;
    Path config_file;

private:
    Sections credentials_;
    Sections config_;
    Sections sso_sessions_;
    Sections services_;
};

// A file that is absent or cannot be read counts as empty, as to the AWS CLI.
Profiles read_profiles(const Environment& environment);

// HOME, else the home that the machine's list of users has.
std::string home_of(const Environment& environment);

// The path with a leading ~/ replaced.
Path expanded(const Environment& environment, const std::string& path);

}  // namespace countersign::client
