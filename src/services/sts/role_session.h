// What the three ways to assume a role share: finding the role, what its trust policy must consent to, how
// long the session lasts.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/session.h"
#include "base/result.h"
#include "gateway/operation.h"
#include "model/arn.h"
#include "model/iam.h"
#include "policy/policy.h"
#include "services/sts/issue.h"
#include "services/sts/operations.h"

namespace countersign::sts {

struct TrustedRole {
    model::Role record;
    std::string account;
    std::string arn;
    policy::Policy trust;
};

// The role that a call names, where there is one.
struct WantedRole {
    std::string arn;
    std::optional<TrustedRole> role;
};

// Nothing when no role has exactly this ARN, or its trust policy cannot be read.
Result<std::optional<TrustedRole>> find_trusted_role(store::Store& store, const std::string& arn);

// The account that an ARN of IAM names; empty for any other text.
std::string account_in(const std::string& iam_arn);

// The condition key that a session has which an application of Identity Center begins for a person.
inline constexpr const char* context_key = "identitycenter:instancearn";

// What the session needs a right to: `action`, and sts:TagSession, sts:SetSourceIdentity and sts:SetContext
// where it has tags, a source identity or an identity context.
std::vector<std::string_view> rights_for(std::string_view action, const access::Session& session);

// Whether the trust policy by itself allows the request.
bool consents(const TrustedRole& role, const policy::Request& request);

// The condition keys that the wish for a session brings.
policy::Context wish_context(const Call& call, const access::Session& session);
// Those of the role as a resource.
void add_role_keys(const TrustedRole& role, policy::Context& context);

// A caller whom an identity provider vouches for: it has no policies of its own, so the trust policy alone
// decides. AccessDenied in the words of AWS, the same whether or not there is such a role.
struct Federated {
    std::string provider_arn;
    std::string subject;
    std::string audience;
    policy::Context context;
};
// For the record of the call.
void keep_proven(const Call& call, const std::string& role_arn, const Federated& caller);
Result<void> authorize_federated(const Call& call, std::string_view action, const Federated& caller,
                                 const WantedRole& wanted, const access::Session& session);

// ValidationError where an unsigned request names a role by what is no ARN.
Result<void> check_request_arn(const std::string& role_arn);

// An hour where nothing is asked for; never more than the role allows, nor than an hour for chained roles.
Result<std::chrono::seconds> role_duration(const model::Role& role, const std::optional<std::int64_t>& asked,
                                           bool chained);

// Whether the session's policies are right, and how much of the space for them and its tags it takes, as
// packed_size() has it.
Result<std::optional<std::int64_t>> measure(store::Store& store, access::Session& session);

// Puts the role into the session.
void act_as(const TrustedRole& role, access::Session& session);

// Issues a session of a role that was measured, and fills the members that all three answers have.
template <class Answer>
Answer begin_role_session(const Deps& deps, access::Session& session,
                          const std::optional<std::int64_t>& packed, Instant now,
                          std::chrono::seconds duration) {
    Answer answer;
    answer.PackedPolicySize = packed;
    answer.Credentials = issue(deps, session, now, duration);
    api::AssumedRoleUser& user = answer.AssumedRoleUser.emplace();
    user.AssumedRoleId = session.principal_id + ':' + session.name;
    user.Arn = model::sts_arn(session.account, "assumed-role/" + session.principal + '/' + session.name);
    if (!session.source_identity.empty()) answer.SourceIdentity = session.source_identity;
    return answer;
}

}  // namespace countersign::sts
