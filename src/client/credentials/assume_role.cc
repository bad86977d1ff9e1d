#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "client/credentials/session_request.h"
#include "client/credentials/sources.h"
#include "client/credentials/terminal.h"

namespace countersign::client {

namespace {

struct RoleProfile {
    std::string name;
    std::string role_arn;
    std::string source_profile;
    std::string credential_source;
    std::string mfa_serial;
    std::string role_session_name;
    SessionArguments arguments;  // that the AWS CLI's cache goes by
};

struct NamedSource {
    std::string_view name;
    Result<SourceAnswer> (*ask)(const Search&);
};
constexpr NamedSource named_sources[] = {{"Environment", from_environment},
                                         {"EcsContainer", from_container},
                                         {"Ec2InstanceMetadata", from_instance}};

bool becomes_role(const Search& search, const std::string& profile) {
    return !search.profiles.get(profile, "role_arn").empty() &&
           search.profiles.get(profile, "web_identity_token_file").empty();
}

bool has_static_keys(const Search& search, const std::string& profile) {
    return !search.profiles.get(profile, "aws_access_key_id").empty() ||
           !search.profiles.get(profile, "aws_secret_access_key").empty();
}

RoleProfile read_role(const Search& search, const std::string& profile) {
    const auto setting = [&](const char* name) { return search.profiles.get(profile, name); };
    RoleProfile role{profile,
                     setting("role_arn"),
                     setting("source_profile"),
                     setting("credential_source"),
                     setting("mfa_serial"),
                     setting("role_session_name"),
                     {}};
    role.arguments.emplace_back("RoleArn", role.role_arn);
    if (!role.role_session_name.empty())
        role.arguments.emplace_back("RoleSessionName", role.role_session_name);
    if (const std::string id = setting("external_id"); !id.empty())
        role.arguments.emplace_back("ExternalId", id);
    if (!role.mfa_serial.empty()) role.arguments.emplace_back("SerialNumber", role.mfa_serial);
    // As to the AWS CLI, what is no number is not there.
    if (const auto duration = parse_number<std::uint32_t>(setting("duration_seconds")))
        role.arguments.emplace_back("DurationSeconds", std::to_string(*duration));
    return role;
}

Error infinite_loop(const std::string& source, const std::vector<std::string>& visited) {
    return Error{
        Fault::invalid,
        fmt::format("Infinite loop in credential configuration detected. Attempting to load from profile {} "
                    "which has already been visited. Visited profiles: ['{}']",
                    source, joined(visited, "', '"))};
}

// A profile may name itself for keys of its own.
Result<void> check_source_profile(const Search& search, const RoleProfile& role,
                                  const std::vector<std::string>& visited) {
    if (!search.profiles.has(role.source_profile))
        return Error{Fault::invalid,
                     fmt::format("The source_profile \"{}\" referenced in the profile \"{}\" does not exist.",
                                 role.source_profile, role.name)};
    const bool is_visited = std::ranges::find(visited, role.source_profile) != visited.end();
    const bool is_own = role.source_profile == role.name && has_static_keys(search, role.name);
    if (is_visited && !is_own) return infinite_loop(role.source_profile, visited);
    return {};
}

Result<void> check_role(const Search& search, const RoleProfile& role,
                        const std::vector<std::string>& visited) {
    if (!role.source_profile.empty() && !role.credential_source.empty())
        return Error{Fault::invalid, fmt::format("The profile \"{}\" contains both source_profile and "
                                                 "credential_source.",
                                                 role.name)};
    if (role.source_profile.empty() && role.credential_source.empty())
        return Error{Fault::invalid,
                     "Partial credentials found in assume-role, missing: source_profile or "
                     "credential_source"};
    if (!role.source_profile.empty()) return check_source_profile(search, role, visited);
    if (std::ranges::find(named_sources, role.credential_source, &NamedSource::name) !=
        std::end(named_sources))
        return {};
    return Error{Fault::invalid,
                 fmt::format("The credential source \"{}\" referenced in profile \"{}\" is not valid.",
                             role.credential_source, role.name)};
}

Result<FoundCredentials> session_of(const Search& search, const std::string& profile,
                                    std::vector<std::string> visited);

Result<FoundCredentials> named_source(const Search& search, const RoleProfile& role) {
    const NamedSource* source = std::ranges::find(named_sources, role.credential_source, &NamedSource::name);
    SourceAnswer answer = TRY(source->ask(search));
    if (answer.found) return *std::move(answer.found);
    return Error{
        Fault::not_found,
        fmt::format("Error when retrieving credentials from {}: No credentials found in credential_source "
                    "referenced in profile {} ({})",
                    role.credential_source, role.name, answer.why)};
}

Result<FoundCredentials> source_of(const Search& search, const RoleProfile& role,
                                   std::vector<std::string> visited) {
    if (!role.credential_source.empty()) return named_source(search, role);
    visited.push_back(role.source_profile);
    if (becomes_role(search, role.source_profile) && !has_static_keys(search, role.source_profile))
        return session_of(search, role.source_profile, std::move(visited));
    SourceAnswer answer = TRY(from_profile(search, role.source_profile, WebIdentityVariables::ignored));
    if (answer.found) return *std::move(answer.found);
    return Error{Fault::not_found,
                 fmt::format("The source profile \"{}\" must have credentials.", role.source_profile)};
}

Result<SessionArguments> unkept_arguments(const RoleProfile& role, Instant now) {
    SessionArguments arguments;
    if (role.role_session_name.empty())
        arguments.emplace_back("RoleSessionName", session_name_or_own("", now));
    if (role.mfa_serial.empty()) return arguments;
    const auto code = ask_on_terminal(fmt::format("Enter MFA code for {}: ", role.mfa_serial));
    if (!code)
        return Error{
            Fault::unavailable,
            fmt::format("the profile {} asks for the code of the MFA device {}, and {}; run the same command "
                        "once in a terminal: the session is then kept in ~/.aws/cli/cache",
                        role.name, role.mfa_serial, code.error().message)};
    if (code->empty()) return Error{Fault::invalid, "no MFA code was given"};
    arguments.emplace_back("TokenCode", *code);
    return arguments;
}

Result<FoundCredentials> session_of(const Search& search, const std::string& profile,
                                    std::vector<std::string> visited) {
    const RoleProfile role = read_role(search, profile);
    TRY(check_role(search, role, visited));
    const FileCache cache = search.session_cache();
    const std::string key = role_cache_key(role.arguments);
    const std::string detail = fmt::format("{} of the profile {}", role.role_arn, profile);
    if (auto kept = kept_session(cache, key, search.now)) {
        kept->detail = detail + ", kept in ~/.aws/cli/cache";
        return *std::move(kept);
    }
    const FoundCredentials source = TRY(source_of(search, role, std::move(visited)));
    SessionRequest request{"AssumeRole", role.arguments, {}, source.credentials};
    request.unkept_arguments = TRY(unkept_arguments(role, search.now));
    FoundCredentials found = TRY(ask_sts(search, request));
    keep_session(cache, key, found);
    found.detail = detail;
    return found;
}

}  // namespace

Result<SourceAnswer> from_assume_role(const Search& search, const std::string& profile) {
    if (!becomes_role(search, profile))
        return nothing(fmt::format("the profile {} has no role_arn", profile));
    return SourceAnswer{TRY(session_of(search, profile, {profile}))};
}

}  // namespace countersign::client
