// Operations on permission sets: create, describe, list, update, delete.
#include "formats/encoding.h"
#include "identity_center/assignments.h"
#include "model/identity_center_keys.h"
#include "services/sso_admin/duration.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace keys = model::keys;

namespace {

constexpr std::size_t number_bytes = 8;

api::PermissionSet set_shown(const model::IdentityCenter& instance, const model::PermissionSet& set) {
    api::PermissionSet answer;
    answer.Name = set.name;
    answer.PermissionSetArn = identity_center::permission_set_arn(instance, set.id);
    if (!set.description.empty()) answer.Description = set.description;
    answer.CreatedDate = set.created;
    answer.SessionDuration = duration_text(std::chrono::seconds(set.session_seconds));
    if (!set.relay_state.empty()) answer.RelayState = set.relay_state;
    return answer;
}

Result<void> put_duration(model::PermissionSet& set, const std::optional<std::string>& text) {
    using namespace std::chrono;
    if (!text) return {};
    const auto duration = read_duration(*text);
    if (!duration || *duration < hours(1) || *duration > hours(12))
        return invalid("SessionDuration is between one hour (PT1H) and twelve (PT12H)");
    set.session_seconds = duration->count();
    return {};
}

Result<void> withdraw_everywhere(const Deps& deps, const Call& call, const Meant& found,
                                 const std::string& set_arn) {
    const auto accounts =
        TRY(identity_center::provisioned_to(deps.store, found.instance.identity_store, found.set.record.id));
    for (const std::string& account : accounts) {
        TRY(authorize_deleting(call, found.set.record, account));
        const SetRecord set = TRY(set_of(deps.store, found.instance, set_arn));
        TRY(identity_center::withdraw(deps.store, {found.instance, set, account}));
    }
    return {};
}

}  // namespace

Result<api::CreatePermissionSetResponse> create_permission_set(const Deps& deps, const Call& call,
                                                               const api::CreatePermissionSetRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    model::PermissionSet set;
    set.id = "ps-" + formats::hex(deps.random.bytes(number_bytes));
    set.name = *input.Name;
    set.description = input.Description.value_or("");
    set.relay_state = input.RelayState.value_or("");
    set.tags = TRY(given_tags(input.Tags));
    set.created = call.now;
    TRY(put_duration(set, input.SessionDuration));
    const std::string name_key = keys::permission_set_name(instance.identity_store, set.name);
    const auto done = deps.store.commit(
        {{store::absent(name_key)},
         {store::put(keys::permission_set(instance.identity_store, set.id), set), {name_key, set.id}}});
    if (!done && done.error().fault == Fault::conflict)
        return conflict("PermissionSet with name " + set.name + " already exists.");
    TRY(done);
    api::CreatePermissionSetResponse answer;
    answer.PermissionSet = set_shown(instance, set);
    return answer;
}

Result<api::DeletePermissionSetResponse> delete_permission_set(const Deps& deps, const Call& call,
                                                               const api::DeletePermissionSetRequest& input) {
    return store::retry_races([&]() -> Result<api::DeletePermissionSetResponse> {
        const Meant found = TRY(meant(deps, call, input));
        const std::string& store_id = found.instance.identity_store;
        const store::Page assigned = TRY(
            deps.store.list(keys::assignments_of_set(store_id, found.set.record.id), store::ListOptions{}));
        if (!assigned.entries.empty())
            return conflict("PermissionSet with ARN " + *input.PermissionSetArn +
                            " has assignments; delete them first");
        TRY(withdraw_everywhere(deps, call, found, *input.PermissionSetArn));
        const SetRecord set = TRY(set_of(deps.store, found.instance, *input.PermissionSetArn));
        const auto still = TRY(identity_center::provisioned_to(deps.store, store_id, found.set.record.id));
        if (!still.empty())
            return Error{Fault::conflict, "it was given to somebody meanwhile",
                         std::string(store::lost_race)};
        TRY(deps.store.commit(
            {{set.unchanged()},
             {store::erase(set.key), store::erase(keys::permission_set_name(store_id, set.record.name))}}));
        return api::DeletePermissionSetResponse{};
    });
}

Result<api::DescribePermissionSetResponse> describe_permission_set(
    const Deps& deps, const Call& call, const api::DescribePermissionSetRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    api::DescribePermissionSetResponse answer;
    answer.PermissionSet = set_shown(found.instance, found.set.record);
    return answer;
}

Result<api::ListPermissionSetsResponse> list_permission_sets(const Deps& deps, const Call& call,
                                                             const api::ListPermissionSetsRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    std::vector<std::string> arns;
    const auto sets = TRY(
        store::load_all<model::PermissionSet>(deps.store, keys::permission_sets(instance.identity_store)));
    arns.reserve(sets.size());
    for (const auto& stored : sets)
        arns.push_back(identity_center::permission_set_arn(instance, stored.record.id));
    const auto shown = TRY(page(std::move(arns), itself, input));
    api::ListPermissionSetsResponse answer;
    answer.PermissionSets = shown.items;
    answer.NextToken = shown.next;
    return answer;
}

Result<api::UpdatePermissionSetResponse> update_permission_set(const Deps& deps, const Call& call,
                                                               const api::UpdatePermissionSetRequest& input) {
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) -> Result<void> {
        set.description = input.Description.value_or(set.description);
        set.relay_state = input.RelayState.value_or(set.relay_state);
        return put_duration(set, input.SessionDuration);
    }));
    return api::UpdatePermissionSetResponse{};
}

}  // namespace countersign::sso_admin
