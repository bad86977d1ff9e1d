#include "client/credentials/profiles.h"

#include <optional>

#include "base/process.h"
#include "base/text.h"

namespace countersign::client {

namespace {

constexpr std::size_t config_bytes_max = std::size_t{4} << 20;

// The name behind the kind, as in `profile NAME` or `profile "NAME"`.
std::optional<std::string> named(std::string_view section, std::string_view kind) {
    if (!section.starts_with(kind)) return std::nullopt;
    std::string_view name = section.substr(kind.size());
    if (name.empty() || (name.front() != ' ' && name.front() != '\t')) return std::nullopt;
    name = trimmed(name);
    const bool quoted =
        name.size() >= 2 && name.front() == name.back() && (name.front() == '"' || name.front() == '\'');
    if (quoted) name = name.substr(1, name.size() - 2);
    if (name.empty()) return std::nullopt;
    return std::string(name);
}

const AwsConfig::Section* find_section(const Profiles::Sections& sections, const std::string& name) {
    const auto found = sections.find(name);
    return found == sections.end() ? nullptr : &found->second;
}

std::string value_in(const Profiles::Sections& sections, const std::string& section,
                     const std::string& name) {
    const AwsConfig::Section* found = find_section(sections, section);
    if (found == nullptr) return {};
    const auto value = found->find(name);
    return value == found->end() ? std::string() : value->second;
}

Path file_of(const Environment& environment, const std::string& variable, const std::string& name) {
    const std::string file = value_of(environment, variable);
    return expanded(environment, file.empty() ? "~/.aws/" + name : file);
}

AwsConfig config_in(const Path& file) {
    const Result<std::string> text = read_file(file, config_bytes_max);
    return text ? parse_aws_config(*text) : AwsConfig();
}

}  // namespace

Profiles::Profiles(const AwsConfig& credentials, const AwsConfig& config)
    : credentials_(credentials.sections()) {
    for (const auto& [name, section] : config.sections()) {
        if (name == "default") config_[name].insert(section.begin(), section.end());
        if (const auto profile = named(name, "profile"))
            config_[*profile].insert(section.begin(), section.end());
        if (const auto session = named(name, "sso-session")) sso_sessions_[*session] = section;
        if (const auto services = named(name, "services")) services_[*services] = section;
    }
}

bool Profiles::has(const std::string& profile) const {
    return credentials_.contains(profile) || config_.contains(profile);
}

std::string Profiles::get(const std::string& profile, const std::string& name) const {
    std::string value = in_credentials_file(profile, name);
    return value.empty() ? in_config_file(profile, name) : value;
}

std::string Profiles::in_credentials_file(const std::string& profile, const std::string& name) const {
    return value_in(credentials_, profile, name);
}

std::string Profiles::in_config_file(const std::string& profile, const std::string& name) const {
    return value_in(config_, profile, name);
}

const AwsConfig::Section* Profiles::sso_session(const std::string& name) const {
    return find_section(sso_sessions_, name);
}

const AwsConfig::Section* Profiles::services(const std::string& name) const {
    return find_section(services_, name);
}

Profiles read_profiles(const Environment& environment) {
    const Path credentials = file_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    const Path config = file_of(environment, "AWS_CONFIG_FILE", "config");
    Profiles profiles(config_in(credentials), config_in(config));
    profiles.credentials_file = credentials;
    profiles.config_file = config;
    return profiles;
}

std::string home_of(const Environment& environment) {
    std::string home = value_of(environment, "HOME");
    return home.empty() ? current_user().home : home;
}

Path expanded(const Environment& environment, const std::string& path) {
    return path.starts_with("~/") ? Path(home_of(environment)) / path.substr(2) : Path(path);
}

}  // namespace countersign::client
