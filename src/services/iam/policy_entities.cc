// Operations that ask who has which managed policy, and which policies let somebody into a service.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "model/arn.h"
#include "model/keys.h"
#include "policy/document.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"

namespace countersign::iam {

namespace keys = model::keys;
namespace ops = api::ops;
using gateway::Call;

namespace {

// A user, group or role that has the policy; `place` orders them by kind and name.
struct Holder {
    std::string place;
    std::string kind;
    std::string name;
    std::string id;
};

template <class Record>
bool has(const Record& entity, const api::ListEntitiesForPolicyRequest& input) {
    const std::string& arn = *input.PolicyArn;
    bool found = input.PolicyUsageFilter != "PermissionsBoundary" &&
                 std::ranges::count(entity.attached_policies, arn) > 0;
    if constexpr (requires { entity.permissions_boundary; })
        found =
            found || (input.PolicyUsageFilter != "PermissionsPolicy" && entity.permissions_boundary == arn);
    return found;
}

// A filter names a kind of entity, or the scope of the policy itself.
bool is_asked_for(const api::ListEntitiesForPolicyRequest& input, const std::string& kind) {
    if (!input.EntityFilter) return true;
    const bool of_aws = model::find_aws_managed_policy(*input.PolicyArn) != nullptr;
    return *input.EntityFilter == kind ||
           *input.EntityFilter == (of_aws ? "AWSManagedPolicy" : "LocalManagedPolicy");
}

template <class Record>
Result<void> add_holders(store::Store& store, const std::string& prefix, const std::string& kind,
                         const api::ListEntitiesForPolicyRequest& input, std::vector<Holder>& holders) {
    if (!is_asked_for(input, kind)) return {};
    for (const auto& entity : TRY(store::load_all<Record>(store, prefix))) {
        if (!entity.record.path.starts_with(input.PathPrefix.value_or("/"))) continue;
        if (has(entity.record, input))
            holders.push_back({entity.key, kind, entity.record.name, entity.record.id});
    }
    return {};
}

Result<api::ListEntitiesForPolicyResponse> list_entities_for_policy(
    const Deps& deps, const Call& call, const api::ListEntitiesForPolicyRequest& input) {
    store::Store& store = deps.store;
    TRY(read_policy(store, call.account(), *input.PolicyArn));
    std::vector<Holder> holders;
    TRY(add_holders<model::User>(store, keys::users(call.account()), "User", input, holders));
    TRY(add_holders<model::Group>(store, keys::groups(call.account()), "Group", input, holders));
    TRY(add_holders<model::Role>(store, keys::roles(call.account()), "Role", input, holders));
    const auto shown_page = TRY(page(
        std::move(holders), [](const Holder& holder) { return holder.place; }, input.Marker, input.MaxItems));
    api::ListEntitiesForPolicyResponse answer;
    for (const Holder& holder : shown_page.items) {
        if (holder.kind == "User") answer.PolicyUsers.push_back({holder.name, holder.id});
        if (holder.kind == "Group") answer.PolicyGroups.push_back({holder.name, holder.id});
        if (holder.kind == "Role") answer.PolicyRoles.push_back({holder.name, holder.id});
    }
    put_page(answer, shown_page);
    return answer;
}

// Whether a document allows anything of a service, whatever its resources, conditions and denials say.
bool lets_into(const policy::Document& document, const std::string& service) {
    const auto names = [&](const policy::Pattern& action) {
        const std::string start = lower(action.literal_start());
        const std::size_t colon = start.find(':');
        return colon == std::string::npos ? service.starts_with(start) : start.substr(0, colon) == service;
    };
    const auto covers = [&](const policy::Pattern& action) { return action.matches(service + ":*", {}); };
    return std::ranges::any_of(document.statements(), [&](const policy::Statement& statement) {
        const auto& [actions, negated] = statement.actions;
        return statement.allows &&
               (negated ? std::ranges::none_of(actions, covers) : std::ranges::any_of(actions, names));
    });
}

// Compiled policies are named by their ARN, inline ones KIND/ENTITY/POLICY.
api::PolicyGrantingServiceAccess shown_grant(const std::string& name) {
    api::PolicyGrantingServiceAccess answer;
    answer.PolicyName = name.substr(name.rfind('/') + 1);
    answer.PolicyType = "MANAGED";
    if (name.starts_with("arn:")) {
        answer.PolicyArn = name;
        return answer;
    }
    const std::vector<std::string_view> parts = split(name, '/');
    answer.PolicyType = "INLINE";
    answer.EntityType = parts[0] == "user" ? "USER" : parts[0] == "group" ? "GROUP" : "ROLE";
    answer.EntityName = std::string(parts[1]);
    return answer;
}

Result<api::ListPoliciesGrantingServiceAccessResponse> list_policies_granting(
    const Deps&, const Call& call, const api::ListPoliciesGrantingServiceAccessRequest& input) {
    const auto arn = model::parse_arn(*input.Arn);
    if (!arn) return Error{Fault::invalid, fmt::format("ARN {} is not valid.", *input.Arn), "InvalidInput"};
    const Error unknown{Fault::not_found, fmt::format("ARN {} was not found.", *input.Arn), "NoSuchEntity"};
    if (arn->account != call.account()) return unknown;
    const access::PrincipalPointer principal = TRY(call.access.principals().named(*input.Arn));
    if (principal == nullptr || principal->type == access::PrincipalType::root) return unknown;
    api::ListPoliciesGrantingServiceAccessResponse answer;
    for (const std::string& service : *input.ServiceNamespaces) {
        std::set<std::string> names;  // one that a user has itself and by a group is shown once
        for (const policy::Policy& one : principal->policies.identity)
            if (lets_into(*one.document, lower(service))) names.insert(one.name);
        auto& entry = answer.PoliciesGrantingServiceAccess.emplace_back();
        entry.ServiceNamespace = service;
        std::ranges::transform(names, std::back_inserter(entry.Policies), shown_grant);
    }
    answer.IsTruncated = false;
    return answer;
}

std::vector<std::string> entity_asked(const Call&,
                                      const api::ListPoliciesGrantingServiceAccessRequest& input) {
    return {*input.Arn};
}

}  // namespace

Rows policy_entity_operations(const Deps& deps) {
    return {
        on_tagged_policy<ops::ListEntitiesForPolicy>(deps, list_entities_for_policy),
        row<ops::ListPoliciesGrantingServiceAccess>(deps, entity_asked, list_policies_granting),
    };
}

}  // namespace countersign::iam
