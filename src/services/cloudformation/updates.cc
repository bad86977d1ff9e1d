// Stacks are changed, and changes taken back.
#include "services/cloudformation/updates.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/cloudformation_keys.h"
#include "services/cloudformation/operations.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

// Whoever names a role has to be allowed to pass it.
Result<void> take_role(const Call& call, const std::optional<std::string>& role, model::Stack& stack) {
    if (!role) return {};
    TRY(check_role(call, *role));
    stack.role = *role;
    return {};
}

// In which states a stack may be changed. Source: AWS CloudFormation User Guide, "Stack status codes".
bool may_be_updated(std::string_view status) {
    return status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE" ||
           status == "UPDATE_ROLLBACK_COMPLETE" || status == "UPDATE_FAILED" || status == "CREATE_FAILED";
}

Error wrong_state(const model::Stack& stack, std::string_view what) {
    return validation_error(
        fmt::format("Stack:{} is in {} state and can not be {}.", stack.id, stack.status, what));
}

// A resource keeps its type.
Result<void> check_types_stay(const Records& records, const model::Stack& stack, const Plan& plan) {
    std::vector<std::string> changed;
    for (const StoredResource& one : TRY(records.resources(stack.uuid))) {
        const auto found = plan.source.resources.find(one.record.logical);
        if (found == plan.source.resources.end() || !one.record.made) continue;
        if (found->second.type != one.record.thing.type) changed.push_back(one.record.logical);
    }
    if (changed.empty()) return {};
    return validation_error(fmt::format(
        "Update of resource type is not permitted. The new template modifies resource type of the "
        "following resources: [{}]",
        joined(changed, ", ")));
}

}  // namespace

Result<void> check_updatable(const model::Stack& stack) {
    return may_be_updated(stack.status) ? Result<void>() : Result<void>(wrong_state(stack, "updated"));
}

Result<bool> has_changes(const Records& records, const model::Stack& stack,
                         const model::StackSource& previous, const Prepared& now) {
    if (previous.body != now.source.body || previous.tags != now.source.tags) return true;
    const GivenParameters before = TRY(records.open_parameters(stack.uuid, previous));
    return before != now.plan.parameters;
}

Result<void> begin_update(const Deps& deps, const Call& call, StoredStack& found, const Prepared& prepared) {
    const Records records(deps, place_of(call));
    model::Stack& stack = found.record;
    TRY(check_types_stay(records, stack, prepared.plan));
    TRY(check_work_room(records));
    const Place& place = records.place();
    const model::StackSource old = TRY(records.source(stack.uuid));
    // What a failed update goes back to is the last that was whole.
    const auto whole = stack.status == "UPDATE_FAILED" ? TRY(records.previous(stack.uuid))
                                                       : std::optional<model::StackSource>();
    stack.status = "UPDATE_IN_PROGRESS";
    stack.updated = call.now;
    stack.tags = prepared.source.tags;
    stack.description = prepared.plan.source.description;
    TRY(records.prune_events(stack.uuid));
    TRY(deps.store.commit(
        {{found.unchanged()},
         {records.put(stack), records.put_work(stack.uuid),
          store::put(keys::stack_source(place.account, place.region, stack.uuid), prepared.source),
          store::put(keys::previous_source(place.account, place.region, stack.uuid), whole ? *whole : old),
          records.event(stack, nullptr, call.now)}}));
    return {};
}

Result<api::UpdateStackOutput> update_stack(const Deps& deps, const Call& call,
                                            const api::UpdateStackInput& input) {
    const Records records(deps, place_of(call));
    return store::retry_races([&]() -> Result<api::UpdateStackOutput> {
        StoredStack found = TRY(get_live_stack(records, *input.StackName));
        model::Stack& stack = found.record;
        api::UpdateStackOutput answer;
        answer.StackId = stack.id;
        if (input.ClientRequestToken && stack.token == *input.ClientRequestToken) return answer;
        TRY(check_updatable(stack));
        TRY(take_role(call, input.RoleARN, stack));
        const Wish wish = wish_of(input);
        const model::StackSource previous = TRY(records.source(stack.uuid));
        const Prepared prepared = TRY(prepare(records, stack, wish, &previous));
        const bool failed = stack.status.ends_with("FAILED");
        if (!failed && !TRY(has_changes(records, stack, previous, prepared)))
            return validation_error("No updates are to be performed.");
        stack.on_failure = input.DisableRollback.value_or(false) ? "DO_NOTHING" : "ROLLBACK";
        stack.capabilities = wish.capabilities;
        if (input.NotificationARNs) stack.notification_arns = *input.NotificationARNs;
        if (input.StackPolicyBody) stack.policy = *input.StackPolicyBody;
        begin_operation(call, input.ClientRequestToken, stack);
        TRY(begin_update(deps, call, found, prepared));
        return answer;
    });
}

namespace {

// A resource that cannot go back stays as it is.
Result<void> skip(const Deps& deps, const Records& records, const model::Stack& stack,
                  const std::string& logical) {
    if (logical.size() > 255) return validation_error("No such resource to skip");
    const std::string key =
        keys::stack_resource(records.place().account, records.place().region, stack.uuid, logical);
    auto resource = TRY(store::load<model::StackResource>(deps.store, key));
    if (!resource) return validation_error("No resource " + printable(logical) + " to skip");
    resource->record.before.reset();
    resource->record.status = "UPDATE_COMPLETE";
    TRY(deps.store.commit({{resource->unchanged()}, {store::put(key, resource->record)}}));
    return {};
}

// The update that is under way, or has failed, is taken back by whoever calls.
Result<void> go_back(const Deps& deps, const Call& call, StoredStack& found,
                     const std::optional<std::string>& token) {
    const Records records(deps, place_of(call));
    model::Stack& stack = found.record;
    const auto previous = TRY(records.previous(stack.uuid));
    if (!previous) return wrong_state(stack, "rolled back");
    const Instant begun = stack.begun;
    begin_operation(call, token, stack);
    // What a resource's stages say of the update that is taken back no longer counts.
    stack.begun = std::max(call.now, begun + std::chrono::milliseconds(1));
    stack.status = "UPDATE_ROLLBACK_IN_PROGRESS";
    stack.tags = previous->tags;
    TRY(records.prune_events(stack.uuid));
    const Place& place = records.place();
    TRY(deps.store.commit(
        {{found.unchanged()},
         {records.put(stack), records.put_work(stack.uuid),
          store::put(keys::stack_source(place.account, place.region, stack.uuid), *previous),
          records.event(stack, nullptr, call.now)}}));
    return {};
}

Result<void> undo_creation(const Deps& deps, const Call& call, StoredStack& found,
                           const std::optional<std::string>& token) {
    const Records records(deps, place_of(call));
    model::Stack& stack = found.record;
    if (stack.status != "CREATE_FAILED") return wrong_state(stack, "rolled back");
    TRY(records.prune_events(stack.uuid));
    stack.status = "ROLLBACK_IN_PROGRESS";
    begin_operation(call, token, stack);
    TRY(deps.store.commit(
        {{found.unchanged()},
         {records.put(stack), records.put_work(stack.uuid), records.event(stack, nullptr, call.now)}}));
    return {};
}

}  // namespace

Result<Nothing> cancel_update_stack(const Deps& deps, const Call& call,
                                    const api::CancelUpdateStackInput& input) {
    const Records records(deps, place_of(call));
    return store::retry_races([&]() -> Result<Nothing> {
        StoredStack found = TRY(get_live_stack(records, *input.StackName));
        if (found.record.status != "UPDATE_IN_PROGRESS")
            return validation_error("CancelUpdateStack cannot be called from current stack status");
        TRY(go_back(deps, call, found, input.ClientRequestToken));
        return Nothing{};
    });
}

Result<api::ContinueUpdateRollbackOutput> continue_update_rollback(
    const Deps& deps, const Call& call, const api::ContinueUpdateRollbackInput& input) {
    const Records records(deps, place_of(call));
    return store::retry_races([&]() -> Result<api::ContinueUpdateRollbackOutput> {
        StoredStack found = TRY(get_live_stack(records, *input.StackName));
        if (found.record.status != "UPDATE_ROLLBACK_FAILED") return wrong_state(found.record, "rolled back");
        TRY(check_work_room(records));
        TRY(take_role(call, input.RoleARN, found.record));
        const std::vector<std::string> skipped = input.ResourcesToSkip.value_or(std::vector<std::string>());
        for (const std::string& logical : skipped) TRY(skip(deps, records, found.record, logical));
        TRY(go_back(deps, call, found, input.ClientRequestToken));
        return api::ContinueUpdateRollbackOutput{};
    });
}

Result<api::RollbackStackOutput> rollback_stack(const Deps& deps, const Call& call,
                                                const api::RollbackStackInput& input) {
    const Records records(deps, place_of(call));
    return store::retry_races([&]() -> Result<api::RollbackStackOutput> {
        StoredStack found = TRY(get_live_stack(records, *input.StackName));
        model::Stack& stack = found.record;
        TRY(check_work_room(records));
        TRY(take_role(call, input.RoleARN, stack));
        api::RollbackStackOutput answer;
        answer.StackId = stack.id;
        TRY(stack.status == "UPDATE_FAILED" ? go_back(deps, call, found, input.ClientRequestToken)
                                            : undo_creation(deps, call, found, input.ClientRequestToken));
        return answer;
    });
}

}  // namespace countersign::cloudformation
