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
    const bool of_aws = model::is_of_aws(*input.PolicyArn);
    return *input.EntityFilter == kind ||
           *input.EntityFilter == (of_aws ? "AWSManagedPolicy" : "LocalManagedPolicy");
}

// The users, groups or roles that have the policy.
template <class Record, class Holder>
Result<void> add_holders(ListsPage& lists, const ListsPage::Position& list,
                         const api::ListEntitiesForPolicyRequest& input, std::vector<Holder>& holders) {
    const auto is_holder = [&](const Record& entity) {
        return entity.path.starts_with(input.PathPrefix.value_or("/")) && has(entity, input);
    };
    return lists.add<Record>(list, is_holder, [&](const Record& entity) -> Result<void> {
        holders.push_back({entity.name, entity.id});
        return {};
    });
}

Result<api::ListEntitiesForPolicyResponse> list_entities_for_policy(
    const Deps& deps, const Call& call, const api::ListEntitiesForPolicyRequest& input) {
    const std::string& account = call.account();
    TRY(read_policy(deps.store, account, *input.PolicyArn));
    ListsPage lists = TRY(ListsPage::begin(deps.store, "123", input));
    api::ListEntitiesForPolicyResponse answer;
    if (is_asked_for(input, "Group"))
        TRY(add_holders<model::Group>(lists, {'1', keys::groups(account)}, input, answer.PolicyGroups));
    if (is_asked_for(input, "Role"))
        TRY(add_holders<model::Role>(lists, {'2', keys::roles(account)}, input, answer.PolicyRoles));
    if (is_asked_for(input, "User"))
        TRY(add_holders<model::User>(lists, {'3', keys::users(account)}, input, answer.PolicyUsers));
    put_page(answer, lists);
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
