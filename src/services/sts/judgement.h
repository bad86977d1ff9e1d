// Whether somebody for whom an identity provider vouches gets a session of a role. One way for the calls that
// give one and for the question what they would say: nothing else decides.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "access/session.h"
#include "federation/progress.h"
#include "federation/saml.h"
#include "services/sts/federated.h"
#include "services/sts/role_session.h"

namespace countersign::sts {

// What was found out on the way, filled as far as it came.
struct Judgement {
    federation::Progress progress;
    std::string provider_arn;             // once it is known here
    std::vector<std::string> client_ids;  // of a provider of web identities: the audiences it may have
    std::optional<VouchedIdentity> web;   // once it is proven
    std::optional<federation::VerifiedAssertion> assertion;
    std::optional<Federated> caller;  // whom the role's trust policy is asked about
    WantedRole wanted;
    access::Session session;
    std::chrono::seconds duration{0};
    std::optional<std::int64_t> packed;  // percent of the space for policies and tags
};

// The errors are those of the two calls. Nothing is committed: what is good for one session alone is taken by
// claim().
Result<void> judge_web_identity(const Deps& deps, const Call& call,
                                const api::AssumeRoleWithWebIdentityRequest& input, Judgement& found);
Result<void> judge_saml(const Deps& deps, const Call& call, const api::AssumeRoleWithSAMLRequest& input,
                        Judgement& found);

// The role, into what was found.
Result<void> find_role(const Deps& deps, const std::string& arn, Judgement& found);

// What was asked of the trust policy, a request for each right that the session needs.
std::vector<policy::Request> trust_requests(const Call& call, std::string_view action,
                                            const Federated& caller, const WantedRole& wanted,
                                            const access::Session& session);

}  // namespace countersign::sts
