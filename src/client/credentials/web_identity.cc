#include <fmt/format.h>

#include "base/text.h"
#include "client/credentials/session_request.h"
#include "client/credentials/sources.h"

namespace countersign::client {

namespace {

constexpr std::size_t identity_token_bytes_max = std::size_t{64} * 1024;

}  // namespace

Result<SourceAnswer> from_web_identity(const Search& search, const std::string& profile,
                                       WebIdentityVariables variables) {
    const auto setting = [&](const char* variable, const char* name) {
        std::string value = variables == WebIdentityVariables::read ? search.variable(variable) : "";
        return value.empty() ? search.profiles.get(profile, name) : value;
    };
    const std::string file = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    if (file.empty())
        return nothing(
            "neither AWS_WEB_IDENTITY_TOKEN_FILE nor the profile's web_identity_token_file is set");
    const std::string role = setting("AWS_ROLE_ARN", "role_arn");
    if (role.empty())
        return Error{
            Fault::invalid,
            fmt::format(
                "a web identity token file is configured ({}) and no role: set AWS_ROLE_ARN, or role_arn "
                "in the profile",
                file)};
    const std::string name = setting("AWS_ROLE_SESSION_NAME", "role_session_name");
    SessionRequest request{"AssumeRoleWithWebIdentity", {{"RoleArn", role}}};
    if (!name.empty()) request.arguments.emplace_back("RoleSessionName", name);
    const FileCache cache = search.session_cache();
    const std::string key = role_cache_key(request.arguments);
    const std::string detail = fmt::format("{} by {}", role, file);
    if (auto kept = kept_session(cache, key, search.now)) {
        kept->detail = detail + ", kept in ~/.aws/cli/cache";
        return SourceAnswer{std::move(kept)};
    }
    const std::string token = TRY(read_file(file, identity_token_bytes_max));
    if (name.empty())
        request.unkept_arguments.emplace_back("RoleSessionName", session_name_or_own("", search.now));
    request.unkept_arguments.emplace_back("WebIdentityToken", std::string(trimmed(token)));
    FoundCredentials found = TRY(ask_sts(search, request));
    keep_session(cache, key, found);
    found.detail = detail;
    return SourceAnswer{std::move(found)};
}

}  // namespace countersign::client
