#include "iam/user_policies.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/uri.h"
#include "iam/entities.h"
#include "iam/nouns.h"
#include "iam/paging.h"
#include "model/keys.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t inline_size_max = 2048;  // of all inline policies of a user together
constexpr std::size_t attached_max = 10;

Error no_inline_policy(const std::string& policy) {
    return Error{Fault::not_found, fmt::format("The user policy with name {} cannot be found.", policy),
                 "NoSuchEntity"};
}

std::size_t inline_size(const model::User& user) {
    std::size_t size = 0;
    for (const auto& [name, document] : user.inline_policies) size += counted_size(document);
    return size;
}

std::string name_in(const std::string& arn) {
    return arn.substr(arn.rfind('/') + 1);
}

}  // namespace

Result<Nothing> put_user_policy(const Surroundings& around, const Call& call,
                                const api::PutUserPolicyRequest& input) {
    TRY(check_document(*input.PolicyDocument));
    return store::retry_races([&]() -> Result<Nothing> {
        auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
        stored.record.inline_policies[*input.PolicyName] = *input.PolicyDocument;
        if (inline_size(stored.record) > inline_size_max)
            return Error{Fault::conflict,
                         fmt::format("Maximum policy size of {} bytes exceeded for user {}", inline_size_max,
                                     stored.record.name),
                         "LimitExceeded"};
        TRY(around.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return Nothing{};
    });
}

Result<api::GetUserPolicyResponse> get_user_policy(const Surroundings& around, const Call& call,
                                                   const api::GetUserPolicyRequest& input) {
    const auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
    const auto found = stored.record.inline_policies.find(*input.PolicyName);
    if (found == stored.record.inline_policies.end()) return no_inline_policy(*input.PolicyName);
    api::GetUserPolicyResponse answer;
    answer.UserName = stored.record.name;
    answer.PolicyName = found->first;
    answer.PolicyDocument = formats::percent_encode(found->second);
    return answer;
}

Result<api::ListUserPoliciesResponse> list_user_policies(const Surroundings& around, const Call& call,
                                                         const api::ListUserPoliciesRequest& input) {
    const auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
    std::vector<std::string> names;
    for (const auto& [name, document] : stored.record.inline_policies) names.push_back(name);
    const auto shown_page = TRY(page(
        std::move(names), [](const std::string& name) { return name; }, input.Marker, input.MaxItems));
    api::ListUserPoliciesResponse answer;
    answer.PolicyNames = shown_page.items;
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> delete_user_policy(const Surroundings& around, const Call& call,
                                   const api::DeleteUserPolicyRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
        if (stored.record.inline_policies.erase(*input.PolicyName) == 0)
            return no_inline_policy(*input.PolicyName);
        TRY(around.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return Nothing{};
    });
}

Result<Nothing> attach_user_policy(const Surroundings& around, const Call& call,
                                   const api::AttachUserPolicyRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        auto user = TRY(find_user(around.store, call.account(), *input.UserName));
        auto policy = find_policy(around.store, call.account(), *input.PolicyArn);
        if (!policy && policy.error().code == "NoSuchEntity")
            return Error{Fault::not_found,
                         fmt::format("Policy {} does not exist or is not attachable.", *input.PolicyArn),
                         "NoSuchEntity"};
        if (!policy) return policy.error();
        std::vector<std::string>& attached = user.record.attached_policies;
        if (std::ranges::count(attached, *input.PolicyArn) > 0) return Nothing{};
        if (attached.size() >= attached_max)
            return Error{Fault::conflict,
                         fmt::format("Cannot exceed quota for PoliciesPerUser: {}", attached_max),
                         "LimitExceeded"};
        attached.push_back(*input.PolicyArn);
        // The policy is written again as it is, so that it cannot be deleted between the look and the write.
        TRY(around.store.commit(
            {{user.unchanged(), policy->unchanged()},
             {store::put(user.key, user.record), store::put(policy->key, policy->record)}}));
        return Nothing{};
    });
}

Result<Nothing> detach_user_policy(const Surroundings& around, const Call& call,
                                   const api::DetachUserPolicyRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
        if (std::erase(stored.record.attached_policies, *input.PolicyArn) == 0)
            return Error{Fault::not_found, fmt::format("Policy {} was not found.", *input.PolicyArn),
                         "NoSuchEntity"};
        TRY(around.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return Nothing{};
    });
}

Result<api::ListAttachedUserPoliciesResponse> list_attached_user_policies(
    const Surroundings& around, const Call& call, const api::ListAttachedUserPoliciesRequest& input) {
    const auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
    const std::string prefix = "policy" + input.PathPrefix.value_or("/");
    std::vector<std::string> arns = stored.record.attached_policies;
    std::erase_if(arns, [&](const std::string& arn) { return arn.find(':' + prefix) == std::string::npos; });
    const auto shown_page = TRY(page(
        std::move(arns), [](const std::string& arn) { return arn; }, input.Marker, input.MaxItems));
    api::ListAttachedUserPoliciesResponse answer;
    for (const std::string& arn : shown_page.items) {
        api::AttachedPolicy& last = answer.AttachedPolicies.emplace_back();
        last.PolicyName = name_in(arn);
        last.PolicyArn = arn;
    }
    put_page(answer, shown_page);
    return answer;
}

Result<api::ListEntitiesForPolicyResponse> list_entities_for_policy(
    const Surroundings& around, const Call& call, const api::ListEntitiesForPolicyRequest& input) {
    TRY(find_policy(around.store, call.account(), *input.PolicyArn));
    auto users = TRY(store::load_all<model::User>(around.store, keys::users(call.account())));
    std::erase_if(users, [&](const auto& user) {
        return std::ranges::count(user.record.attached_policies, *input.PolicyArn) == 0;
    });
    if (input.EntityFilter && *input.EntityFilter != "User") users.clear();
    const auto shown_page = TRY(page(
        std::move(users), [](const auto& user) { return user.key; }, input.Marker, input.MaxItems));
    api::ListEntitiesForPolicyResponse answer;
    for (const auto& user : shown_page.items) {
        api::PolicyUser& last = answer.PolicyUsers.emplace_back();
        last.UserName = user.record.name;
        last.UserId = user.record.id;
    }
    put_page(answer, shown_page);
    return answer;
}

namespace ops = api::ops;

Rows user_policy_operations(const Surroundings& around) {
    return {
        on_user<ops::AttachUserPolicy>(around, attach_user_policy),
        on_user<ops::DeleteUserPolicy>(around, delete_user_policy),
        on_user<ops::DetachUserPolicy>(around, detach_user_policy),
        on_user<ops::GetUserPolicy>(around, get_user_policy),
        on_user<ops::ListAttachedUserPolicies>(around, list_attached_user_policies),
        on_policy<ops::ListEntitiesForPolicy>(around, list_entities_for_policy),
        on_user<ops::ListUserPolicies>(around, list_user_policies),
        on_user<ops::PutUserPolicy>(around, put_user_policy),
    };
}

}  // namespace countersign::iam
