// What is said to people of a federated call that was judged: what each check saw, and what to do about the
// one that failed. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "formats/json.h"
#include "policy/explain.h"
#include "services/sts/judgement.h"

namespace countersign::admin {

enum class VouchedBy { oidc, saml, aws };
std::string_view words_for(VouchedBy kind);  // "OpenID Connect"

// What a token or an assertion says of itself. Foreign text.
struct Claimed {
    std::string form;  // "a JSON Web Token, signed by RS256 with the key 1f0a"
    std::string issuer;
    std::string subject;
    std::vector<std::string> audiences;
    std::string expires;
    formats::json::object shown;  // all of it
};
// As much as can be read. No signature and no credential is in it.
Claimed claims_of(VouchedBy kind, std::string_view token);

// One right that the session needs, as the trust policy sees it.
struct AskedRight {
    policy::Request request;
    policy::Explanation explanation;
};

// A call that was judged.
struct Told {
    VouchedBy kind = VouchedBy::oidc;
    std::string role_arn;
    std::string token;
    const Claimed& claimed;
    const sts::Judgement& found;
    const Error* refusal = nullptr;  // none: it would be done
    std::vector<AskedRight> rights;  // once the trust policy was asked
};

// Of a check that was begun.
std::string detail_of(federation::Check check, const Told& told);
// Empty where nothing was refused.
std::string hint_of(const Told& told);
// The trust policy's statements about what was asked, with each of their conditions.
formats::json::array trail_of(const std::vector<AskedRight>& rights);

}  // namespace countersign::admin
