// JSON Web Tokens of OpenID Connect providers, as AssumeRoleWithWebIdentity takes them. Only verify_jwt makes
// a VerifiedToken, so whoever holds one need not ask again. Pure: keys and time are passed in. Rules: RFC
// 7515, 7519 and 8725, OpenID Connect Core 2, and the IAM user guide on OIDC federation.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "federation/jwks.h"
#include "federation/progress.h"
#include "federation/session_context.h"

namespace countersign::federation {

inline constexpr std::size_t jwt_bytes_max = 20'000;           // WebIdentityToken of the STS API
inline constexpr auto jwt_skew_max = std::chrono::minutes(5);  // AWS's, on either side

// What the token must say: this issuer, one of these audiences (the provider's client ids), valid now.
struct Expected {
    std::string issuer;  // the provider's URL, with https://
    std::set<std::string> audiences;
    Instant now;
    Progress* progress = nullptr;  // follows the checks; none: nobody does
};

class VerifiedToken {
public:
    const std::string& issuer() const { return issuer_; }
    const std::string& subject() const { return subject_; }
    // AWS's `aud` key: the authorized party where the token names one, its audience otherwise.
    const std::string& audience() const { return audience_; }
    // The token's own `aud`, as it is: AWS's `oaud` key.
    const std::vector<std::string>& original_audiences() const { return original_audiences_; }
    const std::string& authorized_party() const { return authorized_party_; }  // empty when there is none
    const std::vector<std::string>& methods() const { return methods_; }       // amr
    const SessionContext& session() const { return session_; }
    Instant expires() const { return expires_; }
    // All top-level claims that are texts, lists of texts, or true or false.
    const std::map<std::string, std::vector<std::string>>& claims() const { return claims_; }

private:
    friend Result<VerifiedToken> verify_jwt(std::string_view token, const KeySet& keys,
                                            const Expected& expected);
    VerifiedToken() = default;

    std::string issuer_;
    std::string subject_;
    std::string audience_;
    std::vector<std::string> original_audiences_;
    std::string authorized_party_;
    std::vector<std::string> methods_;
    SessionContext session_;
    Instant expires_;
    std::map<std::string, std::vector<std::string>> claims_;
};

// Codes: InvalidIdentityToken, ExpiredTokenException. The signature is looked at before any claim.
Result<VerifiedToken> verify_jwt(std::string_view token, const KeySet& keys, const Expected& expected);

// What a token claims before anything is verified. Good for one thing: to look up the provider and the key
// that it must then be verified with.
struct UnverifiedOrigin {
    std::string claimed_issuer;
    std::optional<std::string> claimed_key_id;
};
Result<UnverifiedOrigin> unverified_origin(std::string_view token);
Result<std::string> claimed_issuer(std::string_view token);
// What it says, to be shown to a person: nothing of it is proven.
struct UnverifiedToken {
    std::string header;  // JSON objects
    std::string claims;
};
Result<UnverifiedToken> unverified_token(std::string_view token);

}  // namespace countersign::federation
