// What the operations share: finding what a request names, and what became of requests.
#include "base/text.h"
#include "identity_center/assignments.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace keys = model::keys;

namespace {

constexpr auto requests_kept = std::chrono::days(1);
constexpr std::size_t forgotten_at_once_max = 64;

// As one of the caller's own account, since no policy reaches into another: the role's name is the target's.
std::string role_arn(const Call& call, const model::PermissionSet& set, const std::string& account) {
    return model::iam_arn(call.account(), "role" + std::string(identity_center::reserved_role_path) +
                                              identity_center::reserved_role_name(set, account));
}

}  // namespace

Result<model::IdentityCenter> instance_of(store::Store& store, const Call& call, const std::string& arn) {
    auto found = TRY(identity_center::find_instance(store, arn));
    if (!found || found->record.account != call.account())
        return not_found("Could not find the instance " + printable(arn, store::key_bytes_max));
    return std::move(found->record);
}

Result<SetRecord> set_of(store::Store& store, const model::IdentityCenter& instance, const std::string& arn) {
    const auto id = identity_center::permission_set_id(instance, arn);
    auto stored =
        id ? TRY(store::load<model::PermissionSet>(store, keys::permission_set(instance.identity_store, *id)))
           : std::nullopt;
    if (!stored)
        return not_found("Could not find PermissionSet with id " + printable(arn, store::key_bytes_max));
    return *std::move(stored);
}

Result<model::IdentityRequest> note_request(const Deps& deps, const model::IdentityCenter& instance,
                                            model::IdentityRequest request, const Result<void>& done) {
    if (!done && done.error().fault != Fault::not_found && done.error().fault != Fault::conflict)
        return done.error();
    if (!done) request.failure_reason = done.error().message;
    request.id = crypto::random_uuid(deps.random);
    const std::string list = keys::identity_requests(instance.identity_store);
    std::vector<store::Write> writes{store::put(keys::item(list, request.id), request)};
    const auto kept = TRY(store::load_all<model::IdentityRequest>(deps.store, list));
    for (const auto& old : kept)
        if (request.created - old.record.created >= requests_kept && writes.size() < forgotten_at_once_max)
            writes.push_back(store::erase(old.key));
    TRY(deps.store.commit({{}, std::move(writes)}));
    return request;
}

Result<model::IdentityRequest> find_request(store::Store& store, const model::IdentityCenter& instance,
                                            const std::string& id, model::RequestKind kind) {
    auto stored = TRY(store::load<model::IdentityRequest>(
        store, keys::item(keys::identity_requests(instance.identity_store), lower(id))));
    if (!stored || stored->record.kind != kind)
        return not_found("Could not find the request " + printable(id, store::key_bytes_max));
    return std::move(stored->record);
}

Result<void> authorize_making(const Call& call, const model::PermissionSet& set, const std::string& account) {
    const std::string role = role_arn(call, set, account);
    for (const char* action : {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"})
        TRY(gateway::authorize_all(call, action, {role}));
    const bool bounded = !set.boundary.empty() || set.customer_boundary;
    if (bounded) TRY(gateway::authorize_all(call, "iam:PutRolePermissionsBoundary", {role}));
    return {};
}

Result<void> authorize_deleting(const Call& call, const model::PermissionSet& set,
                                const std::string& account) {
    return gateway::authorize_all(call, "iam:DeleteRole", {role_arn(call, set, account)});
}

std::string status_of(const model::IdentityRequest& request) {
    return request.failure_reason.empty() ? "SUCCEEDED" : "FAILED";
}

}  // namespace countersign::sso_admin
