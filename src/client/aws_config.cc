#include "client/aws_config.h"

#include <cstdlib>

#include "base/text.h"
#include "client/credentials/profiles.h"

namespace countersign::client {

std::string AwsConfig::get(const std::string& section, const std::string& name) const {
    const auto found = sections_.find(section);
    if (found == sections_.end()) return {};
    const auto value = found->second.find(name);
    return value == found->second.end() ? std::string() : value->second;
}

AwsConfig parse_aws_config(std::string_view text) {
    AwsConfig config;
    AwsConfig::Section* section = nullptr;
    std::string outer;  // the name that indented lines belong to
    for (std::string_view raw : split(text, '\n')) {
        const std::string_view line = trimmed(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        const bool nested = raw.front() == ' ' || raw.front() == '\t';
        if (line.front() == '[' && !nested && line.find(']') != std::string_view::npos) {
            section = &config.sections_[std::string(trimmed(line.substr(1, line.find(']') - 1)))];
            outer.clear();
            continue;
        }
        const std::size_t equals = line.find('=');
        if (section == nullptr || equals == std::string_view::npos || (nested && outer.empty())) continue;
        std::string name = nested ? outer + '.' : std::string();
        name += lower(trimmed(line.substr(0, equals)));
        const std::string value(trimmed(line.substr(equals + 1)));
        if (!nested) outer = value.empty() ? name : "";
        (*section)[name] = value;
    }
    return config;
}

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
}

std::string value_of(const Environment& environment, const std::string& name) {
    return environment(name).value_or("");
}

std::string chosen_profile(const Environment& environment, const std::string& profile) {
    if (!profile.empty()) return profile;
    for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
        if (std::string value = value_of(environment, name); !value.empty()) return value;
    return "default";
}

std::string find_region(const Environment& environment, const std::string& profile) {
    if (profile.empty())
        for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
            if (std::string value = value_of(environment, name); !value.empty()) return value;
    const Profiles profiles = read_profiles(environment);
    std::string region = profiles.get(chosen_profile(environment, profile), "region");
    if (!region.empty()) return region;
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (std::string value = value_of(environment, variable); !value.empty()) return value;
    return {};
}

}  // namespace countersign::client
