// Operations on instances: an account has one at most.
#include "model/identity_center_keys.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace keys = model::keys;

namespace {

// What a page of one holds, and what describes one.
template <class Answer>
void put_instance(Answer& answer, const model::IdentityCenter& instance, const std::string& region) {
    answer.InstanceArn = identity_center::instance_arn(instance);
    answer.IdentityStoreId = instance.identity_store;
    answer.IdentityStoreArn = identity_center::identity_store_arn(instance);
    answer.OwnerAccountId = instance.account;
    if (!instance.name.empty()) answer.Name = instance.name;
    answer.CreatedDate = instance.created;
    answer.Status = "ACTIVE";
    answer.PrimaryRegion = region;
}

Result<void> erase_below(store::Store& store, const std::string& list) {
    std::vector<store::Write> writes;
    const store::Page page = TRY(store::list_all(store, list));
    for (const store::Entry& entry : page.entries) {
        writes.push_back(store::erase(entry.key));
        if (writes.size() < store::operations_max) continue;
        TRY(store.commit({{}, std::move(writes)}));
        writes.clear();
    }
    if (!writes.empty()) TRY(store.commit({{}, std::move(writes)}));
    return {};
}

}  // namespace

Result<api::CreateInstanceResponse> create_instance(const Deps& deps, const Call& call,
                                                    const api::CreateInstanceRequest& input) {
    model::IdentityCenter instance = identity_center::new_instance(call.account(), call.now, deps.random);
    instance.name = input.Name.value_or("");
    instance.tags = TRY(given_tags(input.Tags));
    const std::string of_account = keys::identity_center_of(call.account());
    const std::string key = keys::identity_center(instance.identity_store);
    const auto done = deps.store.commit({{store::absent(of_account), store::absent(key)},
                                         {store::put(key, instance), {of_account, instance.identity_store}}});
    if (!done && done.error().fault == Fault::conflict)
        return conflict("The account has an instance already; list-instances shows it");
    TRY(done);
    api::CreateInstanceResponse answer;
    answer.InstanceArn = identity_center::instance_arn(instance);
    return answer;
}

Result<api::DeleteInstanceResponse> delete_instance(const Deps& deps, const Call& call,
                                                    const api::DeleteInstanceRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const store::Page sets =
        TRY(deps.store.list(keys::permission_sets(instance.identity_store), store::ListOptions{}));
    if (!sets.entries.empty()) return conflict("The instance has permission sets; delete them first");
    TRY(erase_below(deps.store, keys::all_of_identity_center(instance.identity_store)));
    TRY(deps.store.commit({{},
                           {store::erase(keys::identity_center(instance.identity_store)),
                            store::erase(keys::identity_center_of(instance.account))}}));
    return api::DeleteInstanceResponse{};
}

Result<api::DescribeInstanceResponse> describe_instance(const Deps& deps, const Call& call,
                                                        const api::DescribeInstanceRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    api::DescribeInstanceResponse answer;
    put_instance(answer, instance, call.region);
    answer.PermissionSetsEnabled = true;
    return answer;
}

Result<api::ListInstancesResponse> list_instances(const Deps& deps, const Call& call,
                                                  const api::ListInstancesRequest&) {
    api::ListInstancesResponse answer;
    const auto found = TRY(identity_center::find_of_account(deps.store, call.account()));
    if (found) put_instance(answer.Instances.emplace_back(), found->record, call.region);
    return answer;
}

Result<api::UpdateInstanceResponse> update_instance(const Deps& deps, const Call& call,
                                                    const api::UpdateInstanceRequest& input) {
    return store::retry_races([&]() -> Result<api::UpdateInstanceResponse> {
        TRY(instance_of(deps.store, call, *input.InstanceArn));
        auto stored = TRY(identity_center::find_instance(deps.store, *input.InstanceArn));
        if (!stored) return not_found("The instance was deleted meanwhile");
        stored->record.name = input.Name.value_or(stored->record.name);
        TRY(deps.store.commit({{stored->unchanged()}, {store::put(stored->key, stored->record)}}));
        return api::UpdateInstanceResponse{};
    });
}

}  // namespace countersign::sso_admin
