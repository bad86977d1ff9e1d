// AWS's shared configuration and credentials files, read as the AWS CLI reads them, and the region that
// results. Source: AWS CLI User Guide, "Configuration and credential file settings".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::client {

// Sections of name = value lines.
class AwsConfig {
public:
    using Section = std::map<std::string, std::string>;

    // Empty when the section or the name is absent. An indented line below `outer =` is named outer.inner.
    std::string get(const std::string& section, const std::string& name) const;
    bool has(const std::string& section) const { return sections_.contains(section); }
    const std::map<std::string, Section>& sections() const { return sections_; }

private:
    friend AwsConfig parse_aws_config(std::string_view text);
    std::map<std::string, Section> sections_;
};

AwsConfig parse_aws_config(std::string_view text);

// Where settings come from: the environment, and a profile named on the command line (empty: none).
using Environment = std::function<std::optional<std::string>(const std::string&)>;
Environment process_environment();

// Empty when it is not set.
std::string value_of(const Environment& environment, const std::string& name);

// The profile named on the command line, else AWS_PROFILE, AWS_DEFAULT_PROFILE, "default".
std::string chosen_profile(const Environment& environment, const std::string& profile);

// In the AWS CLI's order: AWS_REGION, AWS_DEFAULT_REGION, the profile's region. Empty when there is none.
std::string find_region(const Environment& environment, const std::string& profile);

}  // namespace countersign::client
