// AWS Signature Version 4, stage by stage: canonical request, string to sign, derived key, signature.
// Pure: no clock, no I/O. Source: "Create a signed AWS API request" (IAM User Guide,
// reference_sigv-create-signed-request).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "formats/query.h"

namespace countersign::sigv4 {

inline constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view terminator = "aws4_request";

struct Credentials {
    std::string access_key_id;
    Secret secret_access_key;
    std::string session_token;  // empty for long-term keys
};

// DATE/REGION/SERVICE/aws4_request
struct Scope {
    std::string date;  // YYYYMMDD
    std::string region;
    std::string service;

    std::string text() const;
    void append_to(std::string& text) const;
    friend bool operator==(const Scope&, const Scope&) = default;
};

// What Credential=… names.
struct CredentialName {
    std::string access_key_id;
    Scope scope;
};
// Splits AKID/DATE/REGION/SERVICE/aws4_request. Fault::invalid when it does not have these five parts.
Result<CredentialName> parse_credential(std::string_view text);

using Header = std::pair<std::string, std::string>;  // name in any case, value as sent

// One request, ready to be made canonical. Headers: only those that are signed count.
struct SignableRequest {
    std::string method;
    std::string path;                         // as sent, percent-encoded; "" means "/"
    formats::Parameters query;                // decoded pairs, X-Amz-Signature left out
    std::vector<Header> headers;              // every header; those named in signed_headers are used
    std::vector<std::string> signed_headers;  // lower case, sorted
    std::string payload_hash;                 // hex SHA-256 of the body, or UNSIGNED-PAYLOAD
};

// How the path is made canonical: every service but S3 normalises it and encodes it twice.
enum class PathRule { normalize, keep };

std::string canonical_query(const formats::Parameters& query);
std::string canonical_request(const SignableRequest& request, PathRule rule = PathRule::normalize);
std::string string_to_sign(std::string_view x_amz_date, const Scope& scope,
                           std::string_view canonical_request);

// The key for one date, region and service. It signs nothing else, and the secret cannot be found from it.
Secret derive_key(const Secret& secret_access_key, const Scope& scope);
std::string signature_of(const Secret& derived_key, std::string_view string_to_sign);  // 64 hex digits

}  // namespace countersign::sigv4
