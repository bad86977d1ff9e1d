#include "client/aws_config.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace countersign::client {

namespace {

struct Files {
    AwsConfig credentials;
    AwsConfig config;
};

std::string value_of(const Environment& environment, const std::string& name) {
    return environment(name).value_or("");
}

AwsConfig read_config(const Environment& environment, const std::string& variable, const std::string& name) {
    std::string file = value_of(environment, variable);
    if (file.empty()) file = "~/.aws/" + name;
    if (file.starts_with("~/")) file = value_of(environment, "HOME") + file.substr(1);
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return parse_aws_config(text.str());
}

Files read_files(const Environment& environment) {
    return Files{read_config(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
                 read_config(environment, "AWS_CONFIG_FILE", "config")};
}

std::string chosen_profile(const Environment& environment, const std::string& profile) {
    if (!profile.empty()) return profile;
    for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
        if (std::string value = value_of(environment, name); !value.empty()) return value;
    return "default";
}

// The configuration file names every profile but the default one "profile NAME".
std::string config_section(const AwsConfig& config, const std::string& profile) {
    if (profile == "default" && config.has("default")) return "default";
    return "profile " + profile;
}

std::optional<sigv4::Credentials> in_section(const AwsConfig& config, const std::string& section) {
    const std::string id = config.get(section, "aws_access_key_id");
    const std::string secret = config.get(section, "aws_secret_access_key");
    if (id.empty() || secret.empty()) return std::nullopt;
    return sigv4::Credentials{id, Secret(secret), config.get(section, "aws_session_token")};
}

Result<std::optional<sigv4::Credentials>> in_environment(const Environment& environment) {
    const std::string id = value_of(environment, "AWS_ACCESS_KEY_ID");
    const std::string secret = value_of(environment, "AWS_SECRET_ACCESS_KEY");
    if (id.empty()) return std::optional<sigv4::Credentials>();
    if (secret.empty())
        return Error{Fault::invalid, "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"};
    return std::optional(sigv4::Credentials{id, Secret(secret), value_of(environment, "AWS_SESSION_TOKEN")});
}

}  // namespace

std::string AwsConfig::get(const std::string& section, const std::string& name) const {
    const auto found = sections_.find(section);
    if (found == sections_.end()) return {};
    const auto value = found->second.find(name);
    return value == found->second.end() ? std::string() : value->second;
}

AwsConfig parse_aws_config(std::string_view text) {
    AwsConfig config;
    std::map<std::string, std::string>* section = nullptr;
    for (std::string_view raw : split(text, '\n')) {
        const std::string_view line = trimmed(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[' && line.find(']') != std::string_view::npos) {
            section = &config.sections_[std::string(trimmed(line.substr(1, line.find(']') - 1)))];
            continue;
        }
        const std::size_t equals = line.find('=');
        const bool nested = raw.front() == ' ' || raw.front() == '\t';
        if (section == nullptr || equals == std::string_view::npos || nested) continue;
        (*section)[lower(trimmed(line.substr(0, equals)))] = std::string(trimmed(line.substr(equals + 1)));
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

Result<sigv4::Credentials> find_credentials(const Environment& environment, const std::string& profile) {
    if (profile.empty())
        if (auto found = TRY(in_environment(environment))) return *std::move(found);
    const Files files = read_files(environment);
    const std::string name = chosen_profile(environment, profile);
    if (auto found = in_section(files.credentials, name)) return *std::move(found);
    const std::string section = config_section(files.config, name);
    if (auto found = in_section(files.config, section)) return *std::move(found);
    if (!files.credentials.has(name) && !files.config.has(section) && name != "default")
        return Error{Fault::not_found, "The config profile (" + name + ") could not be found"};
    return Error{
        Fault::not_found,
        "Unable to locate credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile "
        "with --profile, or run: aws configure"};
}

std::string find_region(const Environment& environment, const std::string& profile) {
    if (profile.empty())
        for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
            if (std::string value = value_of(environment, name); !value.empty()) return value;
    const Files files = read_files(environment);
    const std::string name = chosen_profile(environment, profile);
    std::string region = files.config.get(config_section(files.config, name), "region");
    if (!region.empty()) return region;
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (std::string value = value_of(environment, variable); !value.empty()) return value;
    return {};
}

}  // namespace countersign::client
