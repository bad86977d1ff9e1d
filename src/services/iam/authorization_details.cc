// GetAccountAuthorizationDetails: all users, groups, roles and policies, and how they hang together.
#include <algorithm>

#include "access/unique_ids.h"
#include "formats/uri.h"
#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "services/iam/entities.h"
#include "services/iam/instance_profiles.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/tags.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using Answer = api::GetAccountAuthorizationDetailsResponse;

namespace {

// Which kinds are asked for; all where none is named.
class Filter {
public:
    explicit Filter(const api::GetAccountAuthorizationDetailsRequest& input)
        : kinds_(input.Filter.value_or(std::vector<std::string>())) {}
    bool wants(std::string_view kind) const {
        return kinds_.empty() || std::ranges::find(kinds_, kind) != kinds_.end();
    }

private:
    std::vector<std::string> kinds_;
};

std::vector<api::PolicyDetail> shown_inline(const model::InlinePolicies& policies) {
    std::vector<api::PolicyDetail> answer;
    for (const auto& [name, document] : policies) {
        api::PolicyDetail& last = answer.emplace_back();
        last.PolicyName = name;
        last.PolicyDocument = formats::percent_encode(document);
    }
    return answer;
}

std::vector<api::AttachedPolicy> shown_attached(const model::AttachedPolicies& arns) {
    std::vector<api::AttachedPolicy> answer;
    for (const std::string& arn : arns) {
        api::AttachedPolicy& last = answer.emplace_back();
        last.PolicyName = arn.substr(arn.rfind('/') + 1);
        last.PolicyArn = arn;
    }
    return answer;
}

api::UserDetail detail(const std::string& account, const model::User& user) {
    api::UserDetail answer;
    answer.Path = user.path;
    answer.UserName = user.name;
    answer.UserId = user.id;
    answer.Arn = user_arn(account, user);
    answer.CreateDate = user.created;
    answer.UserPolicyList = shown_inline(user.inline_policies);
    answer.AttachedManagedPolicies = shown_attached(user.attached_policies);
    answer.PermissionsBoundary = shown_boundary(user.permissions_boundary);
    answer.Tags = to_api(user.tags);
    return answer;
}

api::GroupDetail detail(const std::string& account, const model::Group& group) {
    api::GroupDetail answer;
    put_group(answer, account, group);
    answer.GroupPolicyList = shown_inline(group.inline_policies);
    answer.AttachedManagedPolicies = shown_attached(group.attached_policies);
    return answer;
}

Result<api::RoleDetail> detail(store::Store& store, const std::string& account, const model::Role& role) {
    api::RoleDetail answer;
    answer.Path = role.path;
    answer.RoleName = role.name;
    answer.RoleId = role.id;
    answer.Arn = role_arn(account, role);
    answer.CreateDate = role.created;
    answer.AssumeRolePolicyDocument =
        formats::percent_encode(TRY(access::with_arns(store, role.trust_policy)));
    answer.RolePolicyList = shown_inline(role.inline_policies);
    answer.AttachedManagedPolicies = shown_attached(role.attached_policies);
    answer.PermissionsBoundary = shown_boundary(role.permissions_boundary);
    answer.Tags = to_api(role.tags);
    return answer;
}

Result<api::ManagedPolicyDetail> detail(const ReadablePolicy& readable, const PolicyUse& use) {
    const model::ManagedPolicy& policy = readable.policy;
    api::ManagedPolicyDetail answer;
    put_policy(answer, readable, use);
    for (const model::PolicyVersion& version : TRY(versions_of(readable))) {
        api::PolicyVersion& last = answer.PolicyVersionList.emplace_back();
        last.Document = formats::percent_encode(version.document);
        last.VersionId = version.id;
        last.IsDefaultVersion = version.id == policy.default_version;
        last.CreateDate = version.created;
    }
    return answer;
}

Result<void> show_user(store::Store& store, const std::string& account, const model::User& user,
                       Answer& answer) {
    api::UserDetail shown_user = detail(account, user);
    for (const auto& group : TRY(groups_of(store, account, user)))
        shown_user.GroupList.push_back(group.record.name);
    answer.UserDetailList.push_back(std::move(shown_user));
    return {};
}

Result<void> show_role(store::Store& store, const Call& call, const model::Role& role, Answer& answer) {
    api::RoleDetail shown_role = TRY(detail(store, call.account(), role));
    for (const auto& profile : TRY(profiles_of(store, call.account(), role.name)))
        shown_role.InstanceProfileList.push_back(
            TRY(shown_in_list(store, call.account(), profile.record, role)));
    shown_role.RoleLastUsed.emplace();
    if (const auto use = TRY(call.access.last_used().find(role.id))) {
        shown_role.RoleLastUsed->LastUsedDate = use->time;
        shown_role.RoleLastUsed->Region = use->region;
    }
    answer.RoleDetailList.push_back(std::move(shown_role));
    return {};
}

Result<void> add_entities(const Deps& deps, const Call& call, const Filter& filter, ListsPage& lists,
                          Answer& answer) {
    const std::string& account = call.account();
    const auto show_group = [&](const model::Group& group) -> Result<void> {
        answer.GroupDetailList.push_back(detail(account, group));
        return {};
    };
    if (filter.wants("User"))
        TRY(lists.add<model::User>({'1', keys::users(account)}, store::every, [&](const model::User& user) {
            return show_user(deps.store, account, user, answer);
        }));
    if (filter.wants("Group"))
        TRY(lists.add<model::Group>({'2', keys::groups(account)}, store::every, show_group));
    if (filter.wants("Role"))
        TRY(lists.add<model::Role>({'3', keys::roles(account)}, store::every, [&](const model::Role& role) {
            return show_role(deps.store, call, role, answer);
        }));
    return {};
}

// The account's own policies; of those that every account has, the ones in use.
Result<void> add_policies(const Deps& deps, const Call& call, const Filter& filter, ListsPage& lists,
                          Answer& answer) {
    const auto uses = TRY(deps.policy_uses->of(call.account()));
    const auto show = [&](const ReadablePolicy& policy) -> Result<void> {
        const std::string arn = policy_arn(policy.account, policy.policy);
        answer.Policies.push_back(TRY(detail(policy, use_of(*uses, arn))));
        return {};
    };
    const auto show_own = [&](const model::ManagedPolicy& policy) { return show({call.account(), policy}); };
    if (filter.wants("LocalManagedPolicy"))
        TRY(lists.add<model::ManagedPolicy>({'4', keys::policies(call.account())}, store::every, show_own));
    if (!filter.wants("AWSManagedPolicy")) return {};
    for (const auto& [arn, use] : *uses)
        if (const model::AwsManagedPolicy* of_aws = model::find_aws_managed_policy(arn))
            TRY(lists.add_one({'5', arn}, [&] { return show(readable(*of_aws)); }));
    return {};
}

Result<Answer> get_details(const Deps& deps, const Call& call,
                           const api::GetAccountAuthorizationDetailsRequest& input) {
    const Filter filter(input);
    ListsPage lists = TRY(ListsPage::begin(deps.store, "12345", input));
    Answer answer;
    TRY(add_entities(deps, call, filter, lists, answer));
    TRY(add_policies(deps, call, filter, lists, answer));
    put_page(answer, lists);
    return answer;
}

}  // namespace

Rows authorization_details_operations(const Deps& deps) {
    return {on_all_resources<api::ops::GetAccountAuthorizationDetails>(deps, get_details)};
}

}  // namespace countersign::iam
