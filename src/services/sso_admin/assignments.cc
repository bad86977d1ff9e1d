// Operations on who has a permission set in which account. Each is done when it is answered, and says so.
#include "identity_center/assignments.h"
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "model/identity_center_keys.h"
#include "services/sso_admin/assignees.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace ic = identity_center;
namespace keys = model::keys;

namespace {

api::AccountAssignmentOperationStatus status_shown(const model::IdentityCenter& instance,
                                                   const model::IdentityRequest& request) {
    api::AccountAssignmentOperationStatus status;
    status.Status = status_of(request);
    status.RequestId = request.id;
    if (!request.failure_reason.empty()) status.FailureReason = request.failure_reason;
    status.TargetId = request.about.account;
    status.TargetType = "AWS_ACCOUNT";
    status.PermissionSetArn = ic::permission_set_arn(instance, request.about.permission_set);
    status.PrincipalType = kind_text(request.about.kind);
    status.PrincipalId = request.about.assignee;
    status.CreatedDate = request.created;
    return status;
}

// The role first: an assignment without one would lead nowhere.
Result<void> assign(const Deps& deps, const Meant& found, const model::AccountAssignment& wanted,
                    Instant now) {
    const bool within_reach = TRY(ic::reaches(deps.store, found.instance, wanted.account));
    if (!within_reach)
        return not_found("Account " + wanted.account + " is none that this instance gives access to");
    const std::string& store_id = found.instance.identity_store;
    const std::string set_arn = ic::permission_set_arn(found.instance, wanted.permission_set);
    return store::retry_races([&]() -> Result<void> {
        auto transaction = TRY(with_assignee(deps.store, store_id, wanted.kind, wanted.assignee));
        if (!transaction)
            return not_found(kind_text(wanted.kind) + " " + wanted.assignee + " does not exist");
        const SetRecord before = TRY(set_of(deps.store, found.instance, set_arn));
        TRY(ic::provision(deps.store, {found.instance, before, wanted.account}, now, deps.random));
        const SetRecord set = TRY(set_of(deps.store, found.instance, set_arn));
        const auto role = TRY(
            deps.store.get(keys::role(wanted.account, ic::reserved_role_name(set.record, wanted.account))));
        if (!role) return Error{Fault::conflict, "the role went meanwhile", std::string(store::lost_race)};
        transaction->guards.push_back(set.unchanged());
        transaction->guards.push_back({role->key, role->modified});
        transaction->writes.push_back(store::put(set.key, set.record));
        std::ranges::move(ic::assigned(store_id, wanted), std::back_inserter(transaction->writes));
        TRY(deps.store.commit(*transaction));
        return {};
    });
}

// With the last assignment of a set in an account its role goes.
Result<void> unassign(const Deps& deps, const Meant& found, const model::AccountAssignment& present) {
    const std::string& store_id = found.instance.identity_store;
    const auto there = TRY(deps.store.get(ic::assignment_key(store_id, present)));
    if (!there) return not_found("There is no such assignment");
    TRY(deps.store.commit({{}, ic::unassigned(store_id, present)}));
    const std::string set_arn = ic::permission_set_arn(found.instance, present.permission_set);
    return store::retry_races([&]() -> Result<void> {
        const SetRecord set = TRY(set_of(deps.store, found.instance, set_arn));
        return ic::withdraw(deps.store, {found.instance, set, present.account});
    });
}

template <class Input>
model::AccountAssignment assignment_in(const Meant& found, const Input& input) {
    return {*input.TargetId, found.set.record.id, kind_of(*input.PrincipalType), lower(*input.PrincipalId)};
}

template <class Row, class Answer>
void put_rows(Answer& answer, const model::IdentityCenter& instance,
              const gateway::PageOf<model::AccountAssignment>& shown) {
    for (const model::AccountAssignment& one : shown.items) {
        Row& row = answer.AccountAssignments.emplace_back();
        row.AccountId = one.account;
        row.PermissionSetArn = ic::permission_set_arn(instance, one.permission_set);
        row.PrincipalType = kind_text(one.kind);
        row.PrincipalId = one.assignee;
    }
    answer.NextToken = shown.next;
}

}  // namespace

Result<api::CreateAccountAssignmentResponse> create_account_assignment(
    const Deps& deps, const Call& call, const api::CreateAccountAssignmentRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    const model::AccountAssignment wanted = assignment_in(found, input);
    TRY(authorize_making(call, found.set.record, wanted.account));
    const auto done = assign(deps, found, wanted, call.now);
    const auto request = TRY(note_request(
        deps, found.instance, {"", model::RequestKind::create_assignment, wanted, "", call.now}, done));
    api::CreateAccountAssignmentResponse answer;
    answer.AccountAssignmentCreationStatus = status_shown(found.instance, request);
    return answer;
}

Result<api::DeleteAccountAssignmentResponse> delete_account_assignment(
    const Deps& deps, const Call& call, const api::DeleteAccountAssignmentRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    const model::AccountAssignment present = assignment_in(found, input);
    TRY(authorize_deleting(call, found.set.record, present.account));
    const auto done = unassign(deps, found, present);
    const auto request = TRY(note_request(
        deps, found.instance, {"", model::RequestKind::delete_assignment, present, "", call.now}, done));
    api::DeleteAccountAssignmentResponse answer;
    answer.AccountAssignmentDeletionStatus = status_shown(found.instance, request);
    return answer;
}

Result<api::DescribeAccountAssignmentCreationStatusResponse> describe_account_assignment_creation_status(
    const Deps& deps, const Call& call, const api::DescribeAccountAssignmentCreationStatusRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const auto request = TRY(find_request(deps.store, instance, *input.AccountAssignmentCreationRequestId,
                                          model::RequestKind::create_assignment));
    api::DescribeAccountAssignmentCreationStatusResponse answer;
    answer.AccountAssignmentCreationStatus = status_shown(instance, request);
    return answer;
}

Result<api::DescribeAccountAssignmentDeletionStatusResponse> describe_account_assignment_deletion_status(
    const Deps& deps, const Call& call, const api::DescribeAccountAssignmentDeletionStatusRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const auto request = TRY(find_request(deps.store, instance, *input.AccountAssignmentDeletionRequestId,
                                          model::RequestKind::delete_assignment));
    api::DescribeAccountAssignmentDeletionStatusResponse answer;
    answer.AccountAssignmentDeletionStatus = status_shown(instance, request);
    return answer;
}

Result<api::ListAccountAssignmentsResponse> list_account_assignments(
    const Deps& deps, const Call& call, const api::ListAccountAssignmentsRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    std::vector<model::AccountAssignment> all;
    auto stored_all = TRY(store::load_all<model::AccountAssignment>(
        deps.store, keys::assignments(found.instance.identity_store, found.set.record.id, *input.AccountId)));
    all.reserve(stored_all.size());
    for (auto& stored : stored_all) all.push_back(std::move(stored.record));
    const auto place = [](const model::AccountAssignment& one) { return one.assignee; };
    const auto shown = TRY(page(std::move(all), place, input));
    api::ListAccountAssignmentsResponse answer;
    put_rows<api::AccountAssignment>(answer, found.instance, shown);
    return answer;
}

Result<api::ListAccountAssignmentsForPrincipalResponse> list_account_assignments_for_principal(
    const Deps& deps, const Call& call, const api::ListAccountAssignmentsForPrincipalRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const std::string assignee = lower(*input.PrincipalId);
    const auto find = *input.PrincipalType == "USER" ? ic::assignments_of_user : ic::assignments_of_assignee;
    auto all = TRY(find(deps.store, instance.identity_store, assignee));
    if (input.Filter && input.Filter->AccountId)
        std::erase_if(all, [&](const auto& one) { return one.account != *input.Filter->AccountId; });
    const auto place = [](const model::AccountAssignment& one) { return one.account + one.permission_set; };
    const auto shown = TRY(page(std::move(all), place, input));
    api::ListAccountAssignmentsForPrincipalResponse answer;
    put_rows<api::AccountAssignmentForPrincipal>(answer, instance, shown);
    return answer;
}

}  // namespace countersign::sso_admin
