// Sessions that act for the caller itself: GetSessionToken and GetFederationToken. Source: STS API Reference.
#include <algorithm>

#include "access/mfa.h"
#include "model/arn.h"
#include "services/sts/issue.h"
#include "services/sts/operations.h"

namespace countersign::sts {

namespace {

constexpr std::int64_t default_seconds = 43'200;
constexpr std::int64_t root_seconds_max = 3600;

// Of the root user's sessions AWS cuts what is asked for instead of refusing it.
std::chrono::seconds duration_of(const access::Principal& caller, const std::optional<std::int64_t>& asked) {
    const std::int64_t wanted = asked.value_or(default_seconds);
    const bool root = caller.type == access::PrincipalType::root;
    return std::chrono::seconds(root ? std::min(wanted, root_seconds_max) : wanted);
}

access::Session session_of(const access::Principal& caller, access::SessionKind kind) {
    access::Session session;
    session.kind = kind;
    session.account = caller.account;
    session.principal = caller.user_name;
    session.principal_id = caller.id;
    return session;
}

}  // namespace

Result<api::GetSessionTokenResponse> get_session_token(const Deps& deps, const Call& call,
                                                       const api::GetSessionTokenRequest& input) {
    const access::Principal& caller = call.caller.principal();
    const bool root = caller.type == access::PrincipalType::root;
    access::Session session =
        session_of(caller, root ? access::SessionKind::root : access::SessionKind::user);
    if (input.SerialNumber || input.TokenCode)
        session.mfa_time = TRY(access::check_mfa(
            deps.store, deps.sealing,
            {caller.account, caller.user_name, input.SerialNumber.value_or(""), input.TokenCode.value_or("")},
            call.now));
    api::GetSessionTokenResponse answer;
    answer.Credentials = issue(deps, session, call.now, duration_of(caller, input.DurationSeconds));
    return answer;
}

Result<api::GetFederationTokenResponse> get_federation_token(const Deps& deps, const Call& call,
                                                             const api::GetFederationTokenRequest& input) {
    const access::Principal& caller = call.caller.principal();
    access::Session session = session_of(caller, access::SessionKind::federated_user);
    session.name = *input.Name;
    take_policies(input, session);
    TRY(take_tags(input.Tags, session));
    const std::string arn = model::sts_arn(caller.account, "federated-user/" + session.name);
    policy::Context context = call.context;
    add_tag_keys(session, context);
    TRY(gateway::authorize(call, {"sts:GetFederationToken", arn, context}));
    if (!session.tags.empty()) TRY(gateway::authorize(call, {"sts:TagSession", arn, context}));
    TRY(check_session_policies(deps.store, session));
    api::GetFederationTokenResponse answer;
    answer.PackedPolicySize = TRY(packed_size(session)).value_or(0);
    answer.Credentials = issue(deps, session, call.now, duration_of(caller, input.DurationSeconds));
    api::FederatedUser& user = answer.FederatedUser.emplace();
    user.FederatedUserId = caller.account + ':' + session.name;
    user.Arn = arn;
    return answer;
}

}  // namespace countersign::sts
