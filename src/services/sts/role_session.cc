#include "services/sts/role_session.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/arn.h"
#include "model/keys.h"
#include "policy/explain.h"
#include "services/sts/judgement.h"
#include "store/records.h"

namespace countersign::sts {

namespace {

constexpr std::chrono::seconds chained_max(3600);

}  // namespace

std::string account_in(const std::string& iam_arn) {
    const auto arn = model::parse_arn(iam_arn);
    return arn && arn->service == "iam" && arn->region.empty() ? arn->account : std::string();
}

Result<std::optional<TrustedRole>> find_trusted_role(store::Store& store, const std::string& arn) {
    using Found = std::optional<TrustedRole>;
    TrustedRole role{{}, account_in(arn), arn, {}};
    if (role.account.empty()) return Found();
    const std::string name = arn.substr(arn.rfind('/') + 1);
    auto stored = TRY(store::load<model::Role>(store, model::keys::role(role.account, name)));
    if (!stored) return Found();
    role.record = std::move(stored->record);
    const std::string own_arn = model::iam_arn(role.account, "role" + role.record.path + role.record.name);
    if (own_arn != arn) return Found();
    auto document = policy::parse_lenient(role.record.trust_policy, policy::Form::bound);
    if (!document) return Found();  // trusts nobody
    role.trust = {"role/" + role.record.name + "/trust policy", *std::move(document)};
    return Found(std::move(role));
}

std::vector<std::string_view> rights_for(std::string_view action, const access::Session& session) {
    std::vector<std::string_view> rights = {action};
    if (!session.tags.empty()) rights.emplace_back("sts:TagSession");
    if (!session.source_identity.empty()) rights.emplace_back("sts:SetSourceIdentity");
    if (session.context.contains(context_key)) rights.emplace_back("sts:SetContext");
    return rights;
}

bool consents(const TrustedRole& role, const policy::Request& request) {
    return policy::allows_by_itself(role.trust, request);
}

policy::Context wish_context(const Call& call, const access::Session& session) {
    policy::Context context = call.context;
    context["sts:rolesessionname"] = {session.name};
    if (!session.source_identity.empty()) context["sts:sourceidentity"] = {session.source_identity};
    add_tag_keys(session, context);
    return context;
}

void add_role_keys(const TrustedRole& role, policy::Context& context) {
    context["aws:resourceaccount"] = {role.account};
    for (const model::Tag& tag : role.record.tags) {
        context["aws:resourcetag/" + lower(tag.Key)] = {tag.Value};
        context["iam:resourcetag/" + lower(tag.Key)] = {tag.Value};
    }
}

std::vector<policy::Request> trust_requests(const Call& call, std::string_view action,
                                            const Federated& caller, const WantedRole& wanted,
                                            const access::Session& session) {
    policy::Context context = wish_context(call, session);
    context.insert(caller.context.begin(), caller.context.end());
    if (wanted.role) add_role_keys(*wanted.role, context);
    const std::string account = account_in(wanted.arn);
    std::vector<policy::Request> requests;
    for (const std::string_view right : rights_for(action, session))
        requests.push_back({caller.provider_arn, account, std::string(right), wanted.arn, account, context});
    return requests;
}

Result<void> find_role(const Deps& deps, const std::string& arn, Judgement& found) {
    found.progress.begin(federation::Check::role);
    found.wanted.arn = arn;
    found.wanted.role = TRY(find_trusted_role(deps.store, arn));
    if (found.wanted.role) found.progress.begin(federation::Check::policy);
    return {};
}

void keep_proven(const Call& call, const std::string& role_arn, const Federated& caller) {
    gateway::keep_federated(
        call, {account_in(role_arn), caller.provider_arn, caller.subject, caller.audience, true});
}

Result<void> authorize_federated(const Call& call, std::string_view action, const Federated& caller,
                                 const WantedRole& wanted, const access::Session& session) {
    policy::PolicySet policies;
    if (wanted.role) policies.resource.push_back(wanted.role->trust);
    for (policy::Request& request : trust_requests(call, action, caller, wanted, session)) {
        if (wanted.role && policy::evaluate(policies, request).allowed()) continue;
        policy::Explanation explanation = policy::explain(policies, request);
        const std::string right = request.action;
        gateway::keep_denial(call, {std::move(request), std::move(explanation), caller.subject, {}});
        return access_denied(fmt::format("Not authorized to perform {}", right));
    }
    return {};
}

Result<void> check_request_arn(const std::string& role_arn) {
    if (!model::parse_arn(role_arn)) return validation_error("Request ARN is invalid");
    return {};
}

Result<std::chrono::seconds> role_duration(const model::Role& role, const std::optional<std::int64_t>& asked,
                                           bool chained) {
    const std::chrono::seconds wanted(asked.value_or(chained_max.count()));
    if (chained && wanted > chained_max)
        return validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
            "chaining.");
    if (wanted > std::chrono::seconds(role.max_session_duration))
        return validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    return wanted;
}

Result<std::optional<std::int64_t>> measure(store::Store& store, access::Session& session) {
    TRY(check_session_policies(store, session));
    return packed_size(session);
}

void act_as(const TrustedRole& role, access::Session& session) {
    session.kind = access::SessionKind::role;
    session.account = role.account;
    session.principal = role.record.name;
    session.principal_id = role.record.id;
}

}  // namespace countersign::sts
