#include <fmt/format.h>

#include "client/credentials/documents.h"
#include "client/credentials/sources.h"
#include "formats/iso_time.h"

namespace countersign::client {

Result<SourceAnswer> from_environment(const Search& search) {
    const std::string id = search.variable("AWS_ACCESS_KEY_ID");
    const std::string secret = search.variable("AWS_SECRET_ACCESS_KEY");
    if (id.empty()) return nothing("AWS_ACCESS_KEY_ID is not set");
    if (secret.empty())
        return Error{Fault::invalid, "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"};
    std::string token = search.variable("AWS_SECURITY_TOKEN");
    if (token.empty()) token = search.variable("AWS_SESSION_TOKEN");
    FoundCredentials found{{id, Secret(secret), token}};
    found.detail = "AWS_ACCESS_KEY_ID";
    if (const std::string end = search.variable("AWS_CREDENTIAL_EXPIRATION"); !end.empty()) {
        found.expiration = parse_expiration(end);
        if (!found.expiration)
            return Error{Fault::invalid, "AWS_CREDENTIAL_EXPIRATION is not a time of ISO 8601"};
        if (*found.expiration <= search.now)
            return Error{
                Fault::invalid,
                fmt::format("the credentials in the environment expired at {}; export new ones, or unset "
                            "AWS_ACCESS_KEY_ID",
                            formats::second_time(*found.expiration))};
    }
    return SourceAnswer{std::move(found)};
}

}  // namespace countersign::client
