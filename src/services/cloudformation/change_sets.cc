// Change sets are made, executed and deleted.
#include "services/cloudformation/change_sets.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/arn.h"
#include "model/cloudformation_keys.h"
#include "services/cloudformation/updates.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr const char* nothing_changed =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

std::string set_key(const Records& records, const model::Stack& stack, std::string_view name) {
    return keys::change_set(records.place().account, records.place().region, stack.uuid, name);
}

Error no_change_set(const std::string& name) {
    return Error{Fault::not_found, fmt::format("ChangeSet [{}] does not exist", printable(name, 256)),
                 "ChangeSetNotFound"};
}

// The stack that a new change set is for: one that is there, or one that is put down to be reviewed.
Result<StoredStack> stack_for(const Deps& deps, const Call& call, const api::CreateChangeSetInput& input) {
    const Records records(deps, place_of(call));
    const bool creates = input.ChangeSetType.value_or("UPDATE") == "CREATE";
    auto found = TRY(records.find(*input.StackName));
    if (found && found->record.deleted) found.reset();
    if (found) {
        const bool in_review = found->record.status == "REVIEW_IN_PROGRESS";
        if (creates && !in_review)
            return validation_error(
                fmt::format("Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                            found->record.name, *input.ChangeSetName));
        if (!creates && in_review)
            return validation_error("The stack is not made yet: use ChangeSetType CREATE.");
        if (!creates) TRY(check_updatable(found->record));
        return *std::move(found);
    }
    if (!creates)
        return validation_error(fmt::format("Stack [{}] does not exist", printable(*input.StackName, 256)));
    TRY(check_stack_name(*input.StackName));
    TRY(check_room(records));
    StoredStack made;
    model::Stack& stack = made.record;
    stack.name = *input.StackName;
    stack.uuid = crypto::random_uuid(deps.random);
    stack.id = stack_arn(records.place(), stack.name, stack.uuid);
    stack.created = call.now;
    stack.status = "REVIEW_IN_PROGRESS";
    stack.reason = "User Initiated";
    return made;
}

Result<void> check_kind(const api::CreateChangeSetInput& input) {
    const std::string kind = input.ChangeSetType.value_or("UPDATE");
    if (kind != "CREATE" && kind != "UPDATE")
        return Error{Fault::unsupported, "ChangeSetType " + printable(kind) + " is not offered here.",
                     "ValidationError"};
    return {};
}

Result<void> put_changes(const Records& records, const model::Stack& stack, const Prepared& prepared,
                         model::ChangeSet& set) {
    set.changes = TRY(changes_of(records, stack, prepared.plan));
    bool changed = set.kind == "CREATE";
    if (!changed) {
        const model::StackSource previous = TRY(records.source(stack.uuid));
        const bool failed = stack.status.ends_with("FAILED");
        const bool outputs = previous.body != prepared.source.body &&
                             !TRY(read_template(prepared.source.body)).outputs.empty();
        changed = !set.changes.empty() || failed || outputs || previous.tags != prepared.source.tags;
    }
    set.status = changed ? "CREATE_COMPLETE" : "FAILED";
    set.execution = changed ? "AVAILABLE" : "UNAVAILABLE";
    if (!changed) set.reason = nothing_changed;
    return {};
}

}  // namespace

namespace {

Result<std::optional<FoundChangeSet>> find_by_id(const Records& records, const std::string& id) {
    const Place& place = records.place();
    for (StoredStack& of : TRY(records.all()))
        for (auto& set : TRY(store::load_all<model::ChangeSet>(
                 records.store(), keys::change_sets(place.account, place.region, of.record.uuid))))
            if (set.record.id == id) return std::optional(FoundChangeSet{std::move(of), std::move(set)});
    return std::optional<FoundChangeSet>();
}

// changeSet/NAME/UUID
std::string name_in(const std::string& name_or_id) {
    const auto arn = model::parse_arn(name_or_id);
    if (!arn || !arn->resource.starts_with("changeSet/")) return name_or_id;
    const std::string name = arn->resource.substr(arn->resource.find('/') + 1);
    return name.substr(0, name.find('/'));
}

}  // namespace

Result<FoundChangeSet> find_change_set(const Deps& deps, const Call& call, std::string_view action,
                                       const NamedChangeSet& named) {
    const Records records(deps, place_of(call));
    if (!named.stack) {
        auto found = TRY(find_by_id(records, named.name_or_id));
        const Target target = TRY(target_of(deps, call, found ? found->stack.record.id : std::string()));
        TRY(authorize_target(call, action, target));
        if (found) return *std::move(found);
        if (named.name_or_id.starts_with("arn:")) return no_change_set(named.name_or_id);
        return validation_error("StackName must be specified if ChangeSetName is not specified as an ARN.");
    }
    const Target target = TRY(target_of(deps, call, *named.stack));
    TRY(authorize_target(call, action, target));
    StoredStack of = TRY(get_stack(records, *named.stack));
    const std::string name = name_in(named.name_or_id);
    if (name.size() > 128) return no_change_set(name);
    auto set = TRY(store::load<model::ChangeSet>(records.store(), set_key(records, of.record, name)));
    if (!set || (name != named.name_or_id && set->record.id != named.name_or_id))
        return no_change_set(named.name_or_id);
    return FoundChangeSet{std::move(of), *std::move(set)};
}

Result<api::CreateChangeSetOutput> create_change_set(const Deps& deps, const Call& call,
                                                     const api::CreateChangeSetInput& input) {
    const Records records(deps, place_of(call));
    TRY(check_kind(input));
    const StoredStack of = TRY(stack_for(deps, call, input));
    const model::Stack& stack = of.record;
    const Place& place = records.place();
    const std::string key = set_key(records, stack, *input.ChangeSetName);
    if (TRY(deps.store.get(key)))
        return Error{Fault::exists, fmt::format("ChangeSet {} already exists", *input.ChangeSetName),
                     "AlreadyExistsException"};
    const store::Page others =
        TRY(store::list_all(deps.store, keys::change_sets(place.account, place.region, stack.uuid)));
    if (others.entries.size() >= change_sets_max)
        return Error{Fault::conflict, "There are too many change sets of this stack.",
                     "LimitExceededException"};
    model::ChangeSet set;
    set.name = *input.ChangeSetName;
    set.id =
        model::Arn{std::string(model::partition_of(place.region)), "cloudformation", place.region,
                   place.account, fmt::format("changeSet/{}/{}", set.name, crypto::random_uuid(deps.random))}
            .text();
    set.kind = input.ChangeSetType.value_or("UPDATE");
    set.description = input.Description.value_or("");
    set.created = call.now;
    set.role = input.RoleARN.value_or("");
    TRY(check_role(call, set.role));
    set.on_failure = input.OnStackFailure.value_or("");
    set.notification_arns = input.NotificationARNs.value_or(std::vector<std::string>());
    const Wish wish = wish_of(input);
    set.capabilities = wish.capabilities;
    std::optional<model::StackSource> previous;
    if (set.kind == "UPDATE") previous = TRY(records.source(stack.uuid));
    const Prepared prepared = TRY(prepare(records, stack, wish, previous ? &*previous : nullptr));
    set.source = prepared.source;
    TRY(put_changes(records, stack, prepared, set));
    store::Transaction change{{store::absent(key)}, {store::put(key, set)}};
    if (of.key.empty()) {
        const std::string name_key = keys::stack_name(place.account, place.region, stack.name);
        change.guards.push_back(store::absent(name_key));
        change.writes.push_back(store::Write{name_key, stack.uuid});
        change.writes.push_back(records.put(stack));
        change.writes.push_back(records.event(stack, nullptr, call.now));
    }
    TRY(deps.store.commit(change));
    api::CreateChangeSetOutput answer;
    answer.Id = set.id;
    answer.StackId = stack.id;
    return answer;
}

namespace {

// What a change set is executed into, with what it was made with.
Result<void> execute(const Deps& deps, const Call& call, FoundChangeSet& found,
                     const api::ExecuteChangeSetInput& input) {
    const Records records(deps, place_of(call));
    model::Stack& stack = found.stack.record;
    const model::ChangeSet& set = found.set.record;
    if (!set.role.empty()) {
        TRY(check_role(call, set.role));
        stack.role = set.role;
    }
    stack.capabilities = set.capabilities;
    stack.notification_arns = set.notification_arns;
    stack.change_set = set.id;
    stack.on_failure = input.DisableRollback.value_or(false) ? "DO_NOTHING" : "ROLLBACK";
    if (!set.on_failure.empty()) stack.on_failure = set.on_failure;
    begin_operation(call, input.ClientRequestToken, stack);
    Prepared prepared;
    prepared.plan = TRY(plan_of(records, stack, set.source));
    prepared.source = set.source;
    if (set.kind == "UPDATE") return begin_update(deps, call, found.stack, prepared);
    TRY(check_work_room(records));
    const Place& place = records.place();
    stack.status = "CREATE_IN_PROGRESS";
    stack.tags = set.source.tags;
    stack.description = prepared.plan.source.description;
    TRY(deps.store.commit(
        {{found.stack.unchanged()},
         {records.put(stack), records.put_work(stack.uuid),
          store::put(keys::stack_source(place.account, place.region, stack.uuid), set.source),
          records.event(stack, nullptr, call.now)}}));
    return {};
}

// The others of the stack were made of what it no longer is.
Result<void> drop_others(const Records& records, const model::Stack& stack, const std::string& executed) {
    const Place& place = records.place();
    for (auto& other : TRY(store::load_all<model::ChangeSet>(
             records.store(), keys::change_sets(place.account, place.region, stack.uuid)))) {
        store::Transaction change{{other.unchanged()}, {store::erase(other.key)}};
        if (other.record.id == executed) {
            other.record.execution = "EXECUTE_COMPLETE";
            change.writes = {store::put(other.key, other.record)};
        }
        TRY(records.store().commit(change));
    }
    return {};
}

}  // namespace

Result<api::ExecuteChangeSetOutput> execute_change_set(const Deps& deps, const Call& call,
                                                       const api::ExecuteChangeSetInput& input) {
    const Records records(deps, place_of(call));
    FoundChangeSet found =
        TRY(find_change_set(deps, call, "ExecuteChangeSet", {input.StackName, *input.ChangeSetName}));
    const model::ChangeSet& set = found.set.record;
    if (set.execution != "AVAILABLE")
        return Error{Fault::conflict,
                     fmt::format("ChangeSet [{}] cannot be executed in its current execution status of [{}]",
                                 set.id, set.execution),
                     "InvalidChangeSetStatus"};
    if (found.stack.record.begun >= set.created)
        return Error{Fault::conflict,
                     fmt::format("ChangeSet [{}] was made of what the stack no longer is", set.id),
                     "InvalidChangeSetStatus"};
    if (set.kind == "UPDATE") TRY(check_updatable(found.stack.record));
    if (set.kind == "CREATE" && found.stack.record.status != "REVIEW_IN_PROGRESS")
        return validation_error("The stack is made already.");
    TRY(execute(deps, call, found, input));
    TRY(drop_others(records, found.stack.record, set.id));
    return api::ExecuteChangeSetOutput{};
}

Result<api::DeleteChangeSetOutput> delete_change_set(const Deps& deps, const Call& call,
                                                     const api::DeleteChangeSetInput& input) {
    const auto found =
        find_change_set(deps, call, "DeleteChangeSet", {input.StackName, *input.ChangeSetName});
    // As on AWS, what is not there is deleted.
    if (!found)
        return found.error().code == "ChangeSetNotFound"
                   ? Result<api::DeleteChangeSetOutput>(api::DeleteChangeSetOutput{})
                   : found.error();
    TRY(deps.store.commit({{found->set.unchanged()}, {store::erase(found->set.key)}}));
    return api::DeleteChangeSetOutput{};
}

}  // namespace countersign::cloudformation
