#include "client/credentials/session_request.h"

#include <fmt/format.h>

#include "client/api_client.h"
#include "client/credentials/documents.h"
#include "client/credentials/endpoints.h"

namespace countersign::client {

Result<FoundCredentials> ask_sts(const Search& search, const SessionRequest& request) {
    const ServiceEndpoint endpoint = TRY(endpoint_of(search, "STS"));
    const ApiClient client({endpoint.url, "us-east-1", request.credentials, endpoint.ca_bundle});
    formats::Parameters parameters;
    for (const SessionArguments* part : {&request.arguments, &request.unkept_arguments})
        for (const auto& [name, value] : *part) parameters.push_back({name, value});
    const auto answer = client.call(Api::sts, request.action, parameters);
    if (!answer && answer.error().code.empty()) return answer.error();
    if (!answer)
        return Error{Fault::denied,
                     fmt::format("An error occurred ({}) when calling the {} operation: {}",
                                 answer.error().code, request.action, answer.error().message),
                     answer.error().code};
    const pugi::xml_node made = answer->select_node("//Credentials").node();
    FoundCredentials found{{made.child_value("AccessKeyId"), Secret(made.child_value("SecretAccessKey")),
                            made.child_value("SessionToken")}};
    found.expiration = parse_expiration(made.child_value("Expiration"));
    if (found.credentials.access_key_id.empty() || !found.expiration)
        return Error{Fault::unavailable, endpoint.url + " answered without credentials"};
    return found;
}

std::string session_name_or_own(const std::string& configured, Instant now) {
    if (!configured.empty()) return configured;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return fmt::format("countersign-session-{}", seconds);
}

}  // namespace countersign::client
