#include <fmt/format.h>

#include "client/credentials/sources.h"

namespace countersign::client {

namespace {

struct SharedFile {
    std::string_view source;
    const Path& path;
    std::string (Profiles::*get)(const std::string&, const std::string&) const;
};

Result<SourceAnswer> static_keys(const Search& search, const std::string& profile, const SharedFile& file) {
    const auto value = [&](const char* name) { return (search.profiles.*file.get)(profile, name); };
    const std::string id = value("aws_access_key_id");
    const std::string secret = value("aws_secret_access_key");
    if (id.empty() && !file_exists(file.path)) return nothing("there is no " + file.path.string());
    if (id.empty())
        return nothing(
            fmt::format("{} has no aws_access_key_id for the profile {}", file.path.string(), profile));
    if (secret.empty())
        return Error{
            Fault::invalid,
            fmt::format("Partial credentials found in {}, missing: aws_secret_access_key", file.source)};
    std::string token = value("aws_security_token");
    if (token.empty()) token = value("aws_session_token");
    FoundCredentials found{{id, Secret(secret), token}};
    found.detail = fmt::format("profile {} in {}", profile, file.path.string());
    return SourceAnswer{std::move(found)};
}

}  // namespace

Result<SourceAnswer> from_credentials_file(const Search& search, const std::string& profile) {
    return static_keys(
        search, profile,
        {"shared-credentials-file", search.profiles.credentials_file, &Profiles::in_credentials_file});
}

Result<SourceAnswer> from_config_file(const Search& search, const std::string& profile) {
    return static_keys(search, profile,
                       {"config-file", search.profiles.config_file, &Profiles::in_config_file});
}

}  // namespace countersign::client
