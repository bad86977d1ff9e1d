// AssumeRole: a caller with credentials of its own becomes a role. Source: STS API Reference, "AssumeRole";
// IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles".
#include <fmt/format.h>

#include <algorithm>

#include "access/mfa.h"
#include "base/text.h"
#include "identity_center/identity_context.h"
#include "model/arn.h"
#include "services/sts/operations.h"
#include "services/sts/role_session.h"

namespace countersign::sts {

namespace {

Error invalid_role_parameter(std::string message) {
    return {Fault::invalid, std::move(message), "InvalidParameterValue"};
}

bool has_tag(const std::vector<model::Tag>& tags, const std::string& key) {
    return std::ranges::any_of(tags, [&](const model::Tag& tag) { return lower(tag.Key) == lower(key); });
}

Result<void> take_transitive_keys(const api::AssumeRoleRequest& input, access::Session& session) {
    for (const std::string& key : input.TransitiveTagKeys.value_or(std::vector<std::string>())) {
        if (!has_tag(session.tags, key))
            return invalid_role_parameter(
                "The specified transitive tag key must be included in the requested tags.");
        session.transitive_tags.push_back(key);
    }
    return {};
}

// What a role's session hands on to the next: its transitive tags and its source identity.
Result<void> inherit(const access::Session& from, access::Session& session) {
    for (const model::Tag& tag : from.tags) {
        const auto same = [&](const std::string& key) { return lower(key) == lower(tag.Key); };
        if (std::ranges::none_of(from.transitive_tags, same)) continue;
        if (has_tag(session.tags, tag.Key))
            return invalid_role_parameter(
                "One of the specified transitive tag keys can't be set because it conflicts with a "
                "transitive "
                "tag key from the calling session.");
        session.tags.push_back(tag);
        session.transitive_tags.push_back(tag.Key);
    }
    if (from.source_identity.empty()) return {};
    if (!session.source_identity.empty() && session.source_identity != from.source_identity)
        return access_denied("The source identity of the calling session cannot be changed.");
    session.source_identity = from.source_identity;
    return {};
}

// For whom an application of Identity Center acts: policies of the session can name the person.
Result<void> take_identity(const Deps& deps, const Call& call, const api::AssumeRoleRequest& input,
                           access::Session& session) {
    if (!input.ProvidedContexts) return {};
    const bool one = input.ProvidedContexts->size() == 1;
    const api::ProvidedContext given = one ? input.ProvidedContexts->front() : api::ProvidedContext();
    if (given.ProviderArn != identity_center::context_provider_arn())
        return validation_error("ProvidedContexts has one context, of the provider " +
                                identity_center::context_provider_arn());
    const auto context = identity_center::open_identity_context(
        deps.store, given.ContextAssertion.value_or(""), deps.sealing, call.now);
    if (!context) return invalid_role_parameter("The context assertion is not valid, or not any more.");
    session.context["identitystore:userid"] = {context->user};
    session.context["identitystore:identitystorearn"] = {context->identity_store_arn};
    session.context[context_key] = {context->instance};
    session.context["identitycenter:applicationarn"] = {context->application};
    return {};
}

// The session as it is asked for, before anybody is known to have a right to it.
Result<access::Session> wished_session(const Deps& deps, const Call& call,
                                       const api::AssumeRoleRequest& input) {
    access::Session session;
    session.name = *input.RoleSessionName;
    session.source_identity = input.SourceIdentity.value_or("");
    if (lower(session.source_identity).starts_with("aws:"))
        return validation_error("A source identity cannot begin with aws:.");
    take_policies(input, session);
    TRY(take_tags(input.Tags, session));
    TRY(take_transitive_keys(input, session));
    TRY(take_identity(deps, call, input, session));
    if (const auto& from = call.caller.principal().session) TRY(inherit(*from, session));
    return session;
}

Result<void> add_mfa(const Deps& deps, const Call& call, const api::AssumeRoleRequest& input,
                     policy::Context& context) {
    if (!input.SerialNumber && !input.TokenCode) return {};
    const access::Principal& caller = call.caller.principal();
    if (caller.user_name.empty())
        return access_denied(
            "MultiFactorAuthentication can only be given by a user with a device of its own.");
    TRY(access::check_mfa(
        deps.store, deps.sealing,
        {caller.account, caller.user_name, input.SerialNumber.value_or(""), input.TokenCode.value_or("")},
        call.now));
    context["aws:multifactorauthpresent"] = {"true"};
    context["aws:multifactorauthage"] = {"0"};
    return {};
}

Error refused(const Call& call, std::string_view right, const std::string& role_arn) {
    return access_denied(fmt::format("User: {} is not authorized to perform: {} on resource: {}",
                                     call.caller.principal().arn, right, role_arn));
}

// What the policies of another account say is not the caller's to read.
void keep_denial(const Call& call, access::Denial denial, const std::string& role_arn) {
    if (account_in(role_arn) != call.account()) return;
    if (denial.explanation.decision.allowed())
        denial.explanation.decision = policy::Decision::not_allowed_by(policy::Kind::resource);
    gateway::keep_denial(call, std::move(denial));
}

// Both the caller's own policies and the role's trust policy must allow everything that the session needs. A
// role that does not exist is refused in the same words as one that trusts nobody.
Result<void> authorize(const Call& call, const WantedRole& wanted, const access::Session& session,
                       policy::Context context) {
    std::vector<policy::Policy> trust;
    if (wanted.role) trust.push_back(wanted.role->trust);
    if (wanted.role) add_role_keys(*wanted.role, context);
    for (const std::string_view right : rights_for("sts:AssumeRole", session)) {
        access::Denial told = call.access.explain(call.caller, {right, wanted.arn, context, trust}, call.now);
        const bool allowed = wanted.role && told.explanation.decision.allowed();
        if (allowed && consents(*wanted.role, told.request)) continue;
        keep_denial(call, std::move(told), wanted.arn);
        return refused(call, right, wanted.arn);
    }
    return {};
}

bool is_root(const access::Principal& caller) {
    return caller.type == access::PrincipalType::root;
}

}  // namespace

Result<api::AssumeRoleResponse> assume_role(const Deps& deps, const Call& call,
                                            const api::AssumeRoleRequest& input) {
    if (!model::parse_arn(*input.RoleArn))
        return validation_error(fmt::format("{} is invalid", *input.RoleArn));
    const access::Principal& caller = call.caller.principal();
    if (is_root(caller)) return access_denied("Roles may not be assumed by root accounts.");
    access::Session session = TRY(wished_session(deps, call, input));
    policy::Context context = wish_context(call, session);
    if (session.context.contains(context_key))
        context["sts:requestcontextproviders"] = {identity_center::context_provider_arn()};
    if (input.ExternalId) context["sts:externalid"] = {*input.ExternalId};
    TRY(add_mfa(deps, call, input, context));
    WantedRole wanted{*input.RoleArn, std::nullopt};
    wanted.role = TRY(find_trusted_role(deps.store, wanted.arn));
    TRY(authorize(call, wanted, session, std::move(context)));
    act_as(*wanted.role, session);
    const bool chained = caller.type == access::PrincipalType::assumed_role;
    const std::chrono::seconds duration =
        TRY(role_duration(wanted.role->record, input.DurationSeconds, chained));
    const auto packed = TRY(measure(deps.store, session));
    return begin_role_session<api::AssumeRoleResponse>(deps, session, packed, call.now, duration);
}

}  // namespace countersign::sts
