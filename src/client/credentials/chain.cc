#include "client/credentials/chain.h"

#include <fmt/format.h>

#include <array>

#include "client/credentials/sources.h"
#include "formats/iso_time.h"

namespace countersign::client {

namespace {

struct Source {
    std::string_view name;
    Result<SourceAnswer> (*ask)(const Search& search, const std::string& profile,
                                WebIdentityVariables variables);
    bool is_of_profile;  // as against of the environment or of the machine
};

template <auto ask>
Result<SourceAnswer> of_search(const Search& search, const std::string&, WebIdentityVariables) {
    return ask(search);
}
template <auto ask>
Result<SourceAnswer> of_profile(const Search& search, const std::string& profile, WebIdentityVariables) {
    return ask(search, profile);
}

// The names are those that `aws configure list` shows.
constexpr std::array<Source, 9> sources{{
    {"env", of_search<from_environment>, false},
    {"assume-role", of_profile<from_assume_role>, false},
    {"assume-role-with-web-identity", from_web_identity, true},
    {"sso", of_profile<from_sso>, true},
    {"shared-credentials-file", of_profile<from_credentials_file>, true},
    {"custom-process", of_profile<from_process>, true},
    {"config-file", of_profile<from_config_file>, true},
    {"container-role", of_search<from_container>, false},
    {"iam-role", of_search<from_instance>, false},
}};

Result<SourceAnswer> ask_source(const Source& source, const Search& search) {
    if (source.name == "env" && search.profile_is_explicit())
        return nothing("--profile goes before the environment's keys");
    const auto variables =
        search.profile_is_explicit() ? WebIdentityVariables::ignored : WebIdentityVariables::read;
    auto answer = source.ask(search, search.profile, variables);
    if (answer && answer->found) answer->found->source = source.name;
    return answer;
}

Error found_nothing(const std::vector<SourceReport>& reports) {
    std::string message =
        "Unable to locate credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a "
        "profile with --profile, or run: aws configure";
    for (const SourceReport& report : reports)
        message += fmt::format("\n{}: {}", report.source, report.detail);
    return Error{Fault::not_found, message, std::string(no_credentials_code)};
}

std::string described(const FoundCredentials& found) {
    constexpr std::size_t shown = 4;
    const std::string& id = found.credentials.access_key_id;
    const std::string end = id.substr(id.size() - std::min(id.size(), shown));
    const std::string until =
        found.expiration ? fmt::format(", until {}", formats::second_time(*found.expiration)) : "";
    return fmt::format("****{}, {}{}", end, found.detail, until);
}

SourceReport report_of(const Source& source, const Result<SourceAnswer>& answer) {
    SourceReport report{std::string(source.name), SourceOutcome::failed, ""};
    if (!answer) {
        report.detail = answer.error().message;
    } else if (answer->found) {
        report.outcome = SourceOutcome::used;
        report.detail = described(*answer->found);
    } else {
        report.outcome = SourceOutcome::nothing;
        report.detail = answer->why;
    }
    return report;
}

Search search_of(const CredentialRequest& request) {
    return Search{request, read_profiles(request.environment),
                  chosen_profile(request.environment, request.profile), SystemClock().now()};
}

// The environment's keys need no profile, as to the AWS SDKs.
bool lacks_profile(const Search& search) {
    return search.profile != "default" && !search.profiles.has(search.profile);
}

}  // namespace

Result<SourceAnswer> from_profile(const Search& search, const std::string& profile,
                                  WebIdentityVariables variables) {
    for (const Source& source : sources) {
        if (!source.is_of_profile) continue;
        SourceAnswer answer = TRY(source.ask(search, profile, variables));
        if (answer.found) return answer;
    }
    return nothing(fmt::format("the profile {} has no credentials", profile));
}

SearchReport explain_search(const CredentialRequest& request) {
    const Search search = search_of(request);
    std::vector<SourceReport> reports;
    for (const Source& source : sources) {
        if (source.name == "assume-role" && lacks_profile(search))
            return {std::move(reports),
                    Error{Fault::not_found,
                          fmt::format("The config profile ({}) could not be found", search.profile)}};
        auto answer = ask_source(source, search);
        reports.push_back(report_of(source, answer));
        if (!answer) return {std::move(reports), std::move(answer).error()};
        if (answer->found) return {std::move(reports), *std::move(answer->found)};
    }
    Error error = found_nothing(reports);
    return {std::move(reports), std::move(error)};
}

Result<FoundCredentials> find_credentials(const CredentialRequest& request) {
    return explain_search(request).found;
}

}  // namespace countersign::client
