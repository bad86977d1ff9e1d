#include "iam/service.h"

#include "generated/iam.h"
#include "iam/access_keys.h"
#include "iam/entities.h"
#include "iam/policies.h"
#include "iam/user_policies.h"
#include "iam/users.h"
#include "model/keys.h"

namespace countersign::iam {

namespace {

using gateway::Call;
using gateway::Operation;
namespace ops = api::ops;

template <class Op>
using Function = Result<typename Op::Output> (*)(const Surroundings&, const Call&, const typename Op::Input&);

template <class Op>
Operation row(const Surroundings& around, gateway::Resources<Op> resources, Function<Op> function,
              gateway::Supported supported = std::nullopt) {
    auto handler = [around, function](const Call& call, const typename Op::Input& input) {
        return function(around, call, input);
    };
    return gateway::operation<Op>("iam", std::move(resources), std::move(handler), std::move(supported));
}

// An operation on the user that UserName names, or on the caller itself.
template <class Op>
Operation on_user(const Surroundings& around, Function<Op> function,
                  gateway::Supported supported = std::nullopt) {
    auto resources = [&store = around.store](const Call& call, const typename Op::Input& input) {
        return user_resource(store, call, input.UserName);
    };
    return row<Op>(around, resources, function, std::move(supported));
}

// An operation on the policy that PolicyArn names.
template <class Op>
Operation on_policy(const Surroundings& around, Function<Op> function) {
    auto resources = [](const Call&, const typename Op::Input& input) {
        return std::vector<std::string>{*input.PolicyArn};
    };
    return row<Op>(around, resources, function);
}

// An operation on something new, or on all of a kind: KIND PATH NAME below the account.
std::vector<std::string> below_account(const Call& call, const std::string& kind, const std::string& path,
                                       const std::string& name) {
    return {"arn:aws:iam::" + call.account() + ':' + kind + path + name};
}

std::vector<std::string> created_user(const Call& call, const api::CreateUserRequest& input) {
    return below_account(call, "user", input.Path.value_or("/"), *input.UserName);
}
std::vector<std::string> all_users(const Call& call, const api::ListUsersRequest& input) {
    return below_account(call, "user", input.PathPrefix.value_or("/"), "");
}
std::vector<std::string> created_policy(const Call& call, const api::CreatePolicyRequest& input) {
    return below_account(call, "policy", input.Path.value_or("/"), *input.PolicyName);
}
std::vector<std::string> all_policies(const Call& call, const api::ListPoliciesRequest& input) {
    return below_account(call, "policy", input.PathPrefix.value_or("/"), "");
}

// A renamed or moved user needs a right on what it was and on what it becomes.
gateway::Resources<ops::UpdateUser> updated_user(store::Store& store) {
    return [&store](const Call& call, const api::UpdateUserRequest& input) {
        std::vector<std::string> arns = user_resource(store, call, input.UserName);
        const std::string path = input.NewPath.value_or("/");
        const std::string name = input.NewUserName.value_or(*input.UserName);
        arns.push_back(below_account(call, "user", path, name).front());
        return arns;
    };
}

gateway::Resources<ops::GetAccessKeyLastUsed> user_of_key(store::Store& store) {
    return [&store](const Call& call, const api::GetAccessKeyLastUsedRequest& input) {
        const auto key = store::load<model::AccessKey>(store, model::keys::access_key(*input.AccessKeyId));
        if (!key || !*key || (*key)->record.user.empty()) return below_account(call, "user", "/", "*");
        return user_resource(store, call, (*key)->record.user);
    };
}

}  // namespace

gateway::Service service(const Surroundings& around) {
    store::Store& store = around.store;
    return gateway::Service{
        api::model,
        gateway::Locality::global,
        api::errors,
        {
            on_user<ops::AttachUserPolicy>(around, attach_user_policy),
            on_user<ops::CreateAccessKey>(around, create_access_key),
            row<ops::CreatePolicy>(around, created_policy, create_policy),
            on_policy<ops::CreatePolicyVersion>(around, create_policy_version),
            row<ops::CreateUser>(around, created_user, create_user, {{"Path", "UserName", "Tags"}}),
            on_user<ops::DeleteAccessKey>(around, delete_access_key),
            on_policy<ops::DeletePolicy>(around, delete_policy),
            on_policy<ops::DeletePolicyVersion>(around, delete_policy_version),
            on_user<ops::DeleteUser>(around, delete_user),
            on_user<ops::DeleteUserPolicy>(around, delete_user_policy),
            on_user<ops::DetachUserPolicy>(around, detach_user_policy),
            row<ops::GetAccessKeyLastUsed>(around, user_of_key(store), get_access_key_last_used),
            on_policy<ops::GetPolicy>(around, get_policy),
            on_policy<ops::GetPolicyVersion>(around, get_policy_version),
            on_user<ops::GetUser>(around, get_user),
            on_user<ops::GetUserPolicy>(around, get_user_policy),
            on_user<ops::ListAccessKeys>(around, list_access_keys),
            on_user<ops::ListAttachedUserPolicies>(around, list_attached_user_policies),
            on_policy<ops::ListEntitiesForPolicy>(around, list_entities_for_policy),
            on_user<ops::ListGroupsForUser>(around, list_groups_for_user),
            row<ops::ListPolicies>(around, all_policies, list_policies),
            on_policy<ops::ListPolicyTags>(around, list_policy_tags),
            on_policy<ops::ListPolicyVersions>(around, list_policy_versions),
            on_user<ops::ListUserPolicies>(around, list_user_policies),
            on_user<ops::ListUserTags>(around, list_user_tags),
            row<ops::ListUsers>(around, all_users, list_users),
            on_user<ops::PutUserPolicy>(around, put_user_policy),
            on_policy<ops::SetDefaultPolicyVersion>(around, set_default_policy_version),
            on_policy<ops::TagPolicy>(around, tag_policy),
            on_user<ops::TagUser>(around, tag_user),
            on_policy<ops::UntagPolicy>(around, untag_policy),
            on_user<ops::UntagUser>(around, untag_user),
            on_user<ops::UpdateAccessKey>(around, update_access_key),
            row<ops::UpdateUser>(around, updated_user(store), update_user),
        }};
}

}  // namespace countersign::iam
