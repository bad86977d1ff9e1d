// Operations that bring a changed permission set to the accounts that have it.
#include <algorithm>

#include "identity_center/assignments.h"
#include "model/identity_center_keys.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace ic = identity_center;
namespace keys = model::keys;

namespace {

api::PermissionSetProvisioningStatus provisioning_shown(const model::IdentityCenter& instance,
                                                        const model::IdentityRequest& request) {
    api::PermissionSetProvisioningStatus status;
    status.Status = status_of(request);
    status.RequestId = request.id;
    if (!request.about.account.empty()) status.AccountId = request.about.account;
    status.PermissionSetArn = ic::permission_set_arn(instance, request.about.permission_set);
    if (!request.failure_reason.empty()) status.FailureReason = request.failure_reason;
    status.CreatedDate = request.created;
    return status;
}

Result<void> bring_to(const Deps& deps, const Call& call, const Meant& found, const std::string& account) {
    const std::string set_arn = ic::permission_set_arn(found.instance, found.set.record.id);
    return store::retry_races([&]() -> Result<void> {
        const SetRecord set = TRY(set_of(deps.store, found.instance, set_arn));
        return ic::provision(deps.store, {found.instance, set, account}, call.now, deps.random);
    });
}

// To every account that has it, or to one of them.
Result<void> provision_again(const Deps& deps, const Call& call, const Meant& found,
                             const std::string& account) {
    auto accounts = TRY(ic::provisioned_to(deps.store, found.instance.identity_store, found.set.record.id));
    if (!account.empty()) {
        if (std::ranges::find(accounts, account) == accounts.end())
            return not_found("The permission set is not provisioned to account " + account);
        accounts = {account};
    }
    for (const std::string& one : accounts) TRY(authorize_making(call, found.set.record, one));
    for (const std::string& one : accounts) TRY(bring_to(deps, call, found, one));
    return {};
}

}  // namespace

Result<api::ProvisionPermissionSetResponse> provision_permission_set(
    const Deps& deps, const Call& call, const api::ProvisionPermissionSetRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    const bool one = *input.TargetType == "AWS_ACCOUNT";
    if (one != input.TargetId.has_value())
        return invalid("TargetId goes with the TargetType AWS_ACCOUNT, and only with it");
    model::IdentityRequest request{"", model::RequestKind::provision, {}, "", call.now};
    request.about.account = input.TargetId.value_or("");
    request.about.permission_set = found.set.record.id;
    const auto done = provision_again(deps, call, found, request.about.account);
    request = TRY(note_request(deps, found.instance, std::move(request), done));
    api::ProvisionPermissionSetResponse answer;
    answer.PermissionSetProvisioningStatus = provisioning_shown(found.instance, request);
    return answer;
}

Result<api::DescribePermissionSetProvisioningStatusResponse> describe_permission_set_provisioning_status(
    const Deps& deps, const Call& call, const api::DescribePermissionSetProvisioningStatusRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const auto request = TRY(find_request(deps.store, instance, *input.ProvisionPermissionSetRequestId,
                                          model::RequestKind::provision));
    api::DescribePermissionSetProvisioningStatusResponse answer;
    answer.PermissionSetProvisioningStatus = provisioning_shown(instance, request);
    return answer;
}

Result<api::ListAccountsForProvisionedPermissionSetResponse> list_accounts_for_provisioned_permission_set(
    const Deps& deps, const Call& call, const api::ListAccountsForProvisionedPermissionSetRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    auto accounts = TRY(ic::provisioned_to(deps.store, found.instance.identity_store, found.set.record.id));
    const auto shown = TRY(page(std::move(accounts), itself, input));
    api::ListAccountsForProvisionedPermissionSetResponse answer;
    answer.AccountIds = shown.items;
    answer.NextToken = shown.next;
    return answer;
}

Result<api::ListPermissionSetsProvisionedToAccountResponse> list_permission_sets_provisioned_to_account(
    const Deps& deps, const Call& call, const api::ListPermissionSetsProvisionedToAccountRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    std::vector<std::string> arns;
    const auto sets = TRY(
        store::load_all<model::PermissionSet>(deps.store, keys::permission_sets(instance.identity_store)));
    for (const auto& set : sets) {
        const auto accounts = TRY(ic::provisioned_to(deps.store, instance.identity_store, set.record.id));
        if (std::ranges::find(accounts, *input.AccountId) != accounts.end())
            arns.push_back(ic::permission_set_arn(instance, set.record.id));
    }
    const auto shown = TRY(page(std::move(arns), itself, input));
    api::ListPermissionSetsProvisionedToAccountResponse answer;
    answer.PermissionSets = shown.items;
    answer.NextToken = shown.next;
    return answer;
}

}  // namespace countersign::sso_admin
