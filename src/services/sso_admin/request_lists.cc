// Lists of the requests of the last day, by what they asked for.
#include <fmt/format.h>

#include "model/identity_center_keys.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace {

// A page of the requests of one kind, newest first; only those with a status, where the filter names one.
template <class Shown, class Input>
Result<gateway::PageOf<Shown>> requests_shown(const Deps& deps, const Call& call, const Input& input,
                                              model::RequestKind kind) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const auto kept = TRY(store::load_all<model::IdentityRequest>(
        deps.store, model::keys::identity_requests(instance.identity_store)));
    std::vector<model::IdentityRequest> wanted;
    for (const auto& [request, key, revision] : kept) {
        if (request.kind != kind) continue;
        const bool any = !input.Filter || !input.Filter->Status;
        if (any || *input.Filter->Status == status_of(request)) wanted.push_back(request);
    }
    const auto newest_first = [](const model::IdentityRequest& one) {
        return fmt::format("{:020}{}", (Instant::max() - one.created).count(), one.id);
    };
    const auto found = TRY(page(std::move(wanted), newest_first, input));
    gateway::PageOf<Shown> shown;
    shown.next = found.next;
    for (const model::IdentityRequest& request : found.items) {
        Shown& one = shown.items.emplace_back();
        one.Status = status_of(request);
        one.RequestId = request.id;
        one.CreatedDate = request.created;
    }
    return shown;
}

}  // namespace

Result<api::ListAccountAssignmentCreationStatusResponse> list_account_assignment_creation_status(
    const Deps& deps, const Call& call, const api::ListAccountAssignmentCreationStatusRequest& input) {
    const auto shown = TRY(requests_shown<api::AccountAssignmentOperationStatusMetadata>(
        deps, call, input, model::RequestKind::create_assignment));
    return api::ListAccountAssignmentCreationStatusResponse{shown.items, shown.next};
}

Result<api::ListAccountAssignmentDeletionStatusResponse> list_account_assignment_deletion_status(
    const Deps& deps, const Call& call, const api::ListAccountAssignmentDeletionStatusRequest& input) {
    const auto shown = TRY(requests_shown<api::AccountAssignmentOperationStatusMetadata>(
        deps, call, input, model::RequestKind::delete_assignment));
    return api::ListAccountAssignmentDeletionStatusResponse{shown.items, shown.next};
}

Result<api::ListPermissionSetProvisioningStatusResponse> list_permission_set_provisioning_status(
    const Deps& deps, const Call& call, const api::ListPermissionSetProvisioningStatusRequest& input) {
    const auto shown = TRY(requests_shown<api::PermissionSetProvisioningStatusMetadata>(
        deps, call, input, model::RequestKind::provision));
    return api::ListPermissionSetProvisioningStatusResponse{shown.items, shown.next};
}

}  // namespace countersign::sso_admin
