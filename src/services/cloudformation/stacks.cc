// Stacks are made and deleted; protection and policies of stacks.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/arn.h"
#include "model/cloudformation_keys.h"
#include "services/cloudformation/engine/actor.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/prepare.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr std::size_t name_max = 128;
constexpr std::size_t policy_bytes_max = 16'384;
constexpr std::size_t notification_arns_max = 5;

bool is_stack_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !name.empty() && name.size() <= name_max && letter(name[0]) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

Error no_such_stack(const std::string& name) {
    return validation_error(fmt::format("Stack with id {} does not exist", printable(name, 256)));
}

Result<void> check_policy(const std::string& body) {
    if (body.size() > policy_bytes_max || !formats::parse_json(body))
        return validation_error("Error validating stack policy: Invalid stack policy");
    return {};
}

Result<void> put_settings(const api::CreateStackInput& input, model::Stack& stack) {
    if (input.OnFailure && input.DisableRollback)
        return validation_error("Either DisableRollback or OnFailure can be specified, not both");
    stack.on_failure =
        input.OnFailure.value_or(input.DisableRollback.value_or(false) ? "DO_NOTHING" : "ROLLBACK");
    stack.timeout_minutes = input.TimeoutInMinutes;
    stack.termination_protection = input.EnableTerminationProtection.value_or(false);
    stack.retain_except_on_create = input.RetainExceptOnCreate.value_or(false);
    stack.notification_arns = input.NotificationARNs.value_or(std::vector<std::string>());
    if (stack.notification_arns.size() > notification_arns_max)
        return validation_error("There are at most 5 notification ARNs.");
    stack.policy = input.StackPolicyBody.value_or("");
    return stack.policy.empty() ? Result<void>() : check_policy(stack.policy);
}

}  // namespace

Result<StoredStack> get_stack(const Records& records, const std::string& name_or_id) {
    auto found = TRY(records.find(name_or_id));
    if (!found) return no_such_stack(name_or_id);
    return *std::move(found);
}

Result<StoredStack> get_live_stack(const Records& records, const std::string& name_or_id) {
    StoredStack found = TRY(get_stack(records, name_or_id));
    if (found.record.deleted) return no_such_stack(name_or_id);
    return found;
}

Result<void> check_role(const Call& call, const std::string& role) {
    if (role.empty()) return {};
    const auto arn = model::parse_arn(role);
    if (!arn || arn->service != "iam" || arn->account != call.account() ||
        !arn->resource.starts_with("role/"))
        return validation_error("Role " + printable(role, 256) + " is no role of this account");
    policy::Context context = call.context;
    context["iam:passedtoservice"] = {std::string(service_principal)};
    return gateway::authorize(call, {"iam:PassRole", role, context});
}

void begin_operation(const Call& call, const std::optional<std::string>& token, model::Stack& stack) {
    stack.begun = call.now;
    stack.reason = "User Initiated";
    stack.token = token.value_or("");
    stack.actor = actor_of(call.caller, stack.role);
    stack.retained.clear();
}

Result<void> check_room(const Records& records) {
    const store::Page names = TRY(
        store::list_all(records.store(), keys::stack_names(records.place().account, records.place().region)));
    if (names.entries.size() < stacks_max) return {};
    return Error{Fault::conflict,
                 fmt::format("Limit for stack has been exceeded: {} in an account and region", stacks_max),
                 "LimitExceededException"};
}

Result<void> check_stack_name(const std::string& name) {
    if (is_stack_name(name)) return {};
    return validation_error(
        "1 validation error detected: Value at 'stackName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
}

Result<void> check_work_room(const Records& records) {
    constexpr std::size_t at_once_max = 50;
    std::size_t own = 0;
    for (const auto& work :
         TRY(store::load_all<model::StackWork>(records.store(), keys::stacks_in_progress())))
        own += work.record.account == records.place().account ? 1 : 0;
    return own < at_once_max ? Result<void>() : Error{Fault::throttled, "Rate exceeded", "Throttling"};
}

Result<api::CreateStackOutput> create_stack(const Deps& deps, const Call& call,
                                            const api::CreateStackInput& input) {
    const Records records(deps, place_of(call));
    const std::string& name = *input.StackName;
    TRY(check_stack_name(name));
    if (const auto there = TRY(records.find(name))) {
        const bool same = input.ClientRequestToken && there->record.token == *input.ClientRequestToken;
        if (!same)
            return Error{Fault::exists, fmt::format("Stack [{}] already exists", name),
                         "AlreadyExistsException"};
        api::CreateStackOutput known;
        known.StackId = there->record.id;
        return known;
    }
    TRY(check_room(records));
    TRY(check_work_room(records));
    model::Stack stack;
    stack.name = name;
    stack.uuid = crypto::random_uuid(deps.random);
    stack.id = stack_arn(records.place(), name, stack.uuid);
    stack.created = call.now;
    stack.role = input.RoleARN.value_or("");
    TRY(check_role(call, stack.role));
    TRY(put_settings(input, stack));
    const Wish wish = wish_of(input);
    const Prepared prepared = TRY(prepare(records, stack, wish, nullptr));
    stack.capabilities = wish.capabilities;
    stack.tags = prepared.source.tags;
    stack.description = prepared.plan.source.description;
    stack.status = "CREATE_IN_PROGRESS";
    begin_operation(call, input.ClientRequestToken, stack);
    const Place& place = records.place();
    const std::string name_key = keys::stack_name(place.account, place.region, name);
    const Result<store::Revision> done = deps.store.commit(
        {{store::absent(name_key)},
         {store::Write{name_key, stack.uuid}, records.put(stack), records.put_work(stack.uuid),
          store::put(keys::stack_source(place.account, place.region, stack.uuid), prepared.source),
          records.event(stack, nullptr, call.now)}});
    if (!done && done.error().fault == Fault::conflict)
        return Error{Fault::exists, fmt::format("Stack [{}] already exists", name), "AlreadyExistsException"};
    if (!done) return done.error();
    api::CreateStackOutput answer;
    answer.StackId = stack.id;
    return answer;
}

namespace {

// A stack that others import from stays.
Result<void> check_not_imported(const Records& records, const model::Stack& stack) {
    for (const StoredStack& other : TRY(records.all()))
        for (const model::StackOutput& output : stack.outputs) {
            const auto& imports = other.record.imports;
            if (output.export_name.empty() || other.record.id == stack.id ||
                std::ranges::find(imports, output.export_name) == imports.end())
                continue;
            return validation_error(fmt::format("Export {} cannot be deleted as it is in use by {}",
                                                output.export_name, other.record.name));
        }
    return {};
}

Result<void> check_retained(const api::DeleteStackInput& input, const model::Stack& stack) {
    if (!input.RetainResources || input.RetainResources->empty() || stack.status == "DELETE_FAILED")
        return {};
    return validation_error(
        fmt::format("Invalid operation on stack [{}]. Specify RetainResources only when the stack is in the "
                    "DELETE_FAILED state",
                    stack.id));
}

}  // namespace

namespace {

Result<void> check_deletable(const Records& records, const api::DeleteStackInput& input,
                             const model::Stack& stack) {
    if (stack.termination_protection)
        return validation_error(
            fmt::format("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack.name));
    if (stack.status.starts_with("UPDATE_") && is_in_progress(stack.status))
        return validation_error(
            fmt::format("Stack [{}] cannot be deleted while in status {}", stack.name, stack.status));
    TRY(check_retained(input, stack));
    TRY(check_not_imported(records, stack));
    return check_work_room(records);
}

Result<void> begin_deletion(const Records& records, const Call& call, const api::DeleteStackInput& input,
                            StoredStack& found) {
    model::Stack& stack = found.record;
    TRY(check_deletable(records, input, stack));
    if (input.RoleARN) {
        TRY(check_role(call, *input.RoleARN));
        stack.role = *input.RoleARN;
    }
    stack.status = "DELETE_IN_PROGRESS";
    begin_operation(call, input.ClientRequestToken, stack);
    stack.retained = input.RetainResources.value_or(std::vector<std::string>());
    TRY(records.prune_events(stack.uuid));
    TRY(records.store().commit(
        {{found.unchanged()},
         {records.put(stack), records.put_work(stack.uuid), records.event(stack, nullptr, call.now)}}));
    return {};
}

}  // namespace

Result<Nothing> delete_stack(const Deps& deps, const Call& call, const api::DeleteStackInput& input) {
    const Records records(deps, place_of(call));
    return store::retry_races([&]() -> Result<Nothing> {
        auto found = TRY(records.find(*input.StackName));
        // As on AWS, what is not there is deleted.
        if (!found || found->record.deleted || found->record.status == "DELETE_IN_PROGRESS") return Nothing{};
        TRY(begin_deletion(records, call, input, *found));
        return Nothing{};
    });
}

Result<api::UpdateTerminationProtectionOutput> update_termination_protection(
    const Deps& deps, const Call& call, const api::UpdateTerminationProtectionInput& input) {
    const Records records(deps, place_of(call));
    StoredStack found = TRY(get_live_stack(records, *input.StackName));
    found.record.termination_protection = *input.EnableTerminationProtection;
    TRY(deps.store.commit({{found.unchanged()}, {records.put(found.record)}}));
    api::UpdateTerminationProtectionOutput answer;
    answer.StackId = found.record.id;
    return answer;
}

Result<Nothing> set_stack_policy(const Deps& deps, const Call& call, const api::SetStackPolicyInput& input) {
    const Records records(deps, place_of(call));
    StoredStack found = TRY(get_live_stack(records, *input.StackName));
    if (!input.StackPolicyBody) return validation_error("A stack policy body must be given.");
    TRY(check_policy(*input.StackPolicyBody));
    found.record.policy = *input.StackPolicyBody;
    TRY(deps.store.commit({{found.unchanged()}, {records.put(found.record)}}));
    return Nothing{};
}

Result<api::GetStackPolicyOutput> get_stack_policy(const Deps& deps, const Call& call,
                                                   const api::GetStackPolicyInput& input) {
    const Records records(deps, place_of(call));
    const StoredStack found = TRY(get_live_stack(records, *input.StackName));
    api::GetStackPolicyOutput answer;
    if (!found.record.policy.empty()) answer.StackPolicyBody = found.record.policy;
    return answer;
}

}  // namespace countersign::cloudformation
