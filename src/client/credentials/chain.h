// Credentials as the AWS CLI and the SDKs find them: sources in their order, the first that has any decides.
// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/credentials/found.h"
#include "client/credentials/search.h"

namespace countersign::client {

// Code of the error where no source has anything; every other error is that of a source that was configured.
inline constexpr std::string_view no_credentials_code = "NoCredentials";
inline bool found_nowhere(const Error& error) {
    return error.code == no_credentials_code;
}

Result<FoundCredentials> find_credentials(const CredentialRequest& request);

// What became of a source in a search.
enum class SourceOutcome { used, nothing, failed };
struct SourceReport {
    std::string source;
    SourceOutcome outcome = SourceOutcome::nothing;
    std::string detail;  // why it has nothing or failed; what was found, without a secret
};
struct SearchReport {
    std::vector<SourceReport> sources;  // in their order, up to the one that decided
    Result<FoundCredentials> found;
};
SearchReport explain_search(const CredentialRequest& request);

}  // namespace countersign::client
