#include "access/principal_loader.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "formats/iso_time.h"
#include "model/arn.h"
#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::access {

namespace keys = model::keys;

namespace {

// The root user may do everything: the statement that says so, as a policy like any other.
constexpr std::string_view root_policy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

void put_context(Principal& principal, const std::string& arn, std::string_view type) {
    policy::Context& context = principal.context;
    context["aws:principalarn"] = {arn};
    context["aws:principalaccount"] = {principal.account};
    context["aws:principaltype"] = {std::string(type)};
    context["aws:userid"] = {principal.id};
    if (!principal.user_name.empty()) context["aws:username"] = {principal.user_name};
    for (const model::Tag& tag : principal.tags) context["aws:principaltag/" + lower(tag.Key)] = {tag.Value};
}

void put_session_context(Principal& principal, const Session& session) {
    policy::Context& context = principal.context;
    for (const auto& [key, values] : session.context) context.try_emplace(key, values);
    context["aws:tokenissuetime"] = {formats::second_time(session.issued)};
    context["aws:multifactorauthpresent"] = {session.mfa_time ? "true" : "false"};
    if (!session.source_identity.empty()) context["aws:sourceidentity"] = {session.source_identity};
    if (!session.federated_provider.empty()) context["aws:federatedprovider"] = {session.federated_provider};
    for (const model::Tag& tag : session.tags) context["aws:principaltag/" + lower(tag.Key)] = {tag.Value};
}

// A user, group or role as its record names it.
template <class Record>
Principal begun(PrincipalType type, const std::string& account, std::string_view kind, const Record& record) {
    Principal principal;
    principal.type = type;
    principal.arn = model::iam_arn(account, std::string(kind) + record.path + record.name);
    principal.account = account;
    principal.id = record.id;
    return principal;
}

// Whether the managed policy that now has the ARN is the one that the session was made with.
bool is_meant(const Session& session, std::size_t index, const std::string& id) {
    const std::vector<std::string>& ids = session.policy_ids;
    return ids.empty() || (index < ids.size() && ids[index] == id);
}

PrincipalPointer shared(Principal principal) {
    return std::make_shared<const Principal>(std::move(principal));
}

}  // namespace

// The policies that a user, group or role holds, as they are named.
struct PrincipalLoader::Permissions {
    const std::string& account;
    std::string holder;  // "user/NAME"
    const model::InlinePolicies& inline_policies;
    const model::AttachedPolicies& attached;
};

void PrincipalLoader::note(std::string source) {
    sources_.push_back(std::move(source));
}

std::vector<std::string> PrincipalLoader::sources() const {
    std::vector<std::string> each = sources_;
    std::ranges::sort(each);
    each.erase(std::unique(each.begin(), each.end()), each.end());
    return each;
}

template <class Record>
Result<std::optional<store::Stored<Record>>> PrincipalLoader::load(const std::string& key) {
    note(key);
    return store::load<Record>(store_, key);
}

Result<PrincipalPointer> PrincipalLoader::root(const std::string& account) {
    if (!TRY(store_.get(keys::account_record(account)))) return PrincipalPointer();
    Principal principal;
    principal.type = PrincipalType::root;
    principal.arn = model::iam_arn(account, "root");
    principal.account = account;
    principal.id = account;
    auto document = TRY(policy::parse_lenient(root_policy));
    principal.policies.identity.push_back({"root user", std::move(document)});
    TRY(add_guardrails(account, principal.policies));
    put_context(principal, principal.arn, "Account");
    return shared(std::move(principal));
}

Result<PrincipalPointer> PrincipalLoader::user(const std::string& account, const std::string& name) {
    const auto stored = TRY(load<model::User>(keys::user(account, name)));
    if (!stored) return PrincipalPointer();
    const model::User& user = stored->record;
    Principal principal = begun(PrincipalType::user, account, "user", user);
    principal.user_name = user.name;
    principal.tags = user.tags;
    std::vector<policy::Policy>& identity = principal.policies.identity;
    TRY(add_policies({account, "user/" + user.name, user.inline_policies, user.attached_policies}, identity));
    for (const std::string& id : user.groups) {
        note(keys::group_name(account, id));
        const auto group_name = TRY(store_.get(keys::group_name(account, id)));
        if (!group_name) return Error{Fault::internal, "a user's group does not exist"};
        const PrincipalPointer of_group = TRY(group(account, group_name->value));
        if (of_group == nullptr) return Error{Fault::internal, "a user's group does not exist"};
        const std::vector<policy::Policy>& more = of_group->policies.identity;
        identity.insert(identity.end(), more.begin(), more.end());
    }
    TRY(add_boundary(principal, user.permissions_boundary, principal.policies));
    TRY(add_guardrails(account, principal.policies));
    put_context(principal, principal.arn, "User");
    return shared(std::move(principal));
}

Result<PrincipalPointer> PrincipalLoader::group(const std::string& account, const std::string& name) {
    const auto stored = TRY(load<model::Group>(keys::group(account, name)));
    if (!stored) return PrincipalPointer();
    const model::Group& record = stored->record;
    Principal principal = begun(PrincipalType::group, account, "group", record);
    TRY(add_policies({account, "group/" + record.name, record.inline_policies, record.attached_policies},
                     principal.policies.identity));
    TRY(add_guardrails(account, principal.policies));
    return shared(std::move(principal));
}

Result<PrincipalPointer> PrincipalLoader::role(const std::string& account, const std::string& name) {
    const auto stored = TRY(load<model::Role>(keys::role(account, name)));
    if (!stored) return PrincipalPointer();
    const model::Role& record = stored->record;
    Principal principal = begun(PrincipalType::role, account, "role", record);
    principal.tags = record.tags;
    TRY(add_policies({account, "role/" + record.name, record.inline_policies, record.attached_policies},
                     principal.policies.identity));
    TRY(add_boundary(principal, record.permissions_boundary, principal.policies));
    TRY(add_guardrails(account, principal.policies));
    put_context(principal, principal.arn, "AssumedRole");
    return shared(std::move(principal));
}

// The principal that the session acts for, as it is now; the zero value when it is gone.
Result<Principal> PrincipalLoader::base_of(const Session& session) {
    PrincipalPointer base;
    if (session.kind == SessionKind::role)
        base = TRY(role(session.account, session.principal));
    else if (session.principal.empty())
        base = TRY(root(session.account));
    else
        base = TRY(user(session.account, session.principal));
    if (base == nullptr || base->id != session.principal_id) return Principal();
    return *base;
}

Result<PrincipalPointer> PrincipalLoader::session(const Session& session) {
    Principal principal = TRY(base_of(session));
    if (principal.type == PrincipalType::anonymous) return PrincipalPointer();
    std::string seen_as = principal.arn;
    std::string_view type = "User";
    if (session.kind == SessionKind::role) {
        const std::string role_name = principal.arn.substr(principal.arn.rfind('/') + 1);
        principal.type = PrincipalType::assumed_role;
        principal.arn = model::sts_arn(session.account, "assumed-role/" + role_name + '/' + session.name);
        principal.id += ':' + session.name;
        type = "AssumedRole";
    } else if (session.kind == SessionKind::federated_user) {
        principal.type = PrincipalType::federated_user;
        principal.arn = model::sts_arn(session.account, "federated-user/" + session.name);
        principal.id = session.account + ':' + session.name;
        principal.user_name.clear();
        principal.tags.clear();
        principal.context.clear();
        seen_as = principal.arn;
        type = "FederatedUser";
    } else if (session.kind == SessionKind::root) {
        type = "Account";
    }
    put_context(principal, seen_as, type);
    put_session_context(principal, session);
    const bool limited = !session.policy.empty() || !session.policy_arns.empty();
    if (limited || session.kind == SessionKind::federated_user)
        principal.policies.session = TRY(session_policies(session));
    principal.session = std::make_shared<const Session>(session);
    return shared(std::move(principal));
}

Result<std::vector<policy::Policy>> PrincipalLoader::session_policies(const Session& session) {
    std::vector<policy::Policy> policies;
    if (!session.policy.empty()) {
        auto document = TRY(policy::parse_lenient(session.policy));
        policies.push_back({"session policy", std::move(document)});
    }
    for (std::size_t index = 0; index < session.policy_arns.size(); ++index) {
        auto found = TRY(find_managed(session.account, session.policy_arns[index]));
        if (!found || !is_meant(session, index, found->id)) continue;  // deleted: it allows nothing any more
        policies.push_back(std::move(found->policy));
    }
    return policies;
}

Result<void> PrincipalLoader::add_policies(const Permissions& permissions,
                                           std::vector<policy::Policy>& policies) {
    for (const auto& [name, text] : permissions.inline_policies) {
        auto document = TRY(policy::parse_lenient(text));
        policies.push_back({permissions.holder + '/' + name, std::move(document)});
    }
    for (const std::string& arn : permissions.attached)
        policies.push_back(TRY(managed(permissions.account, arn)));
    return {};
}

Result<void> PrincipalLoader::add_boundary(const Principal& principal, const std::string& arn,
                                           policy::PolicySet& policies) {
    if (arn.empty()) return {};
    policy::Policy boundary = TRY(managed(principal.account, arn));
    policies.boundary.emplace().push_back(std::move(boundary));
    return {};
}

// FullAWSAccess alone restricts nothing and is left out.
Result<GuardrailLevel> PrincipalLoader::load_guardrails(const std::string& account) {
    const auto stored = TRY(store::load_all<model::Guardrail>(store_, keys::guardrails(account)));
    if (stored.size() == 1 && stored[0].record.document == model::full_aws_access) return GuardrailLevel();
    GuardrailLevel level(std::in_place);
    for (const auto& guardrail : stored) {
        auto document = TRY(policy::parse_lenient(guardrail.record.document));
        level->push_back({"guardrail/" + guardrail.record.name, std::move(document)});
    }
    return level;
}

// One level of guardrails: the account's own.
Result<void> PrincipalLoader::add_guardrails(const std::string& account, policy::PolicySet& policies) {
    const std::string prefix = keys::guardrails(account);
    note(prefix);
    std::optional<GuardrailLevel> level = compiled_.guardrails(prefix);
    if (!level) {
        level = TRY(load_guardrails(account));
        compiled_.put_guardrails(prefix, *level, asked_);
    }
    if (*level) policies.guardrails.emplace().push_back(**level);
    return {};
}

Result<policy::Policy> PrincipalLoader::managed(const std::string& account, const std::string& arn) {
    auto found = TRY(find_managed(account, arn));
    // What AWS wrote may not be known here, or not any more; what is not known denies.
    if (!found && model::is_of_aws(arn)) return policy::Policy{arn, nullptr};
    if (!found) return Error{Fault::internal, "a policy in use does not exist"};
    return std::move(found->policy);
}

Result<std::optional<ManagedPolicy>> PrincipalLoader::find_managed(const std::string& account,
                                                                   const std::string& arn) {
    const bool of_aws = model::is_of_aws(arn);
    const std::string place = of_aws ? arn : keys::policy(account, arn.substr(arn.rfind('/') + 1));
    if (!of_aws) note(place);
    if (auto kept = compiled_.managed(place); kept && kept->policy.name == arn) return kept;
    std::string text;
    std::string id;
    if (of_aws) {
        const model::AwsManagedPolicy* const found = model::find_aws_managed_policy(arn);
        if (found == nullptr) return std::optional<ManagedPolicy>();
        text = TRY(model::evaluated_document(*found));
        id = found->id;
    } else {
        const auto stored = TRY(store::load<model::ManagedPolicy>(store_, place));
        if (!stored) return std::optional<ManagedPolicy>();
        id = stored->record.id;
        for (const model::PolicyVersion& version : stored->record.versions)
            if (version.id == stored->record.default_version) text = version.document;
    }
    auto document = TRY(policy::parse_lenient(text));
    ManagedPolicy policy{{arn, std::move(document)}, std::move(id)};
    compiled_.put_managed(place, policy, asked_);
    return std::optional(std::move(policy));
}

}  // namespace countersign::access
