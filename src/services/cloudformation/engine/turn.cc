#include "services/cloudformation/engine/turn.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/cloudformation_keys.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr std::size_t steps_of_turn = 16;  // before other stacks have their turn
constexpr auto operation_max = std::chrono::hours(6);

constexpr std::string_view phase_names[] = {"forward", "backward", "cleanup", "removal"};

}  // namespace

bool Plan::is_wanted(const std::string& logical) const {
    const auto found = source.resources.find(logical);
    if (found == source.resources.end()) return false;
    const std::string& condition = found->second.condition;
    return condition.empty() || conditions.at(condition);
}

Result<Plan> plan_of(const Records& records, const model::Stack& stack, const model::StackSource& source) {
    Plan plan;
    plan.source = TRY(read_template(source.body));
    plan.parameters = TRY(records.open_parameters(stack.uuid, source));
    plan.needs = TRY(needs_of(plan.source));
    const Environment environment = environment_of(records, stack, plan);
    plan.conditions = TRY(evaluate_conditions(plan.source, environment));
    return plan;
}

Environment environment_of(const Records& records, const model::Stack& stack, const Plan& plan) {
    Environment environment{records.place().account,
                            records.place().region,
                            stack.name,
                            stack.id,
                            stack.notification_arns,
                            parameter_values(plan.source, plan.parameters)};
    environment.conditions = plan.conditions;
    return environment;
}

Turn::Turn(const WorkDeps& deps, const Records& records, StoredStack stack)
    : deps_(deps),
      records_(records),
      stored_(std::move(stack)),
      stack_(stored_.record),
      actor_(stack_.actor),
      api_(deps, records.place(), actor_),
      steps_left_(steps_of_turn) {}

Result<bool> Turn::go() {
    if (!is_in_progress(stack_.status)) return false;
    TRY(load());
    switch (phase_) {
        case Phase::forward:
            TRY(forward());
            break;
        case Phase::backward:
            TRY(backward());
            break;
        case Phase::cleanup:
            TRY(cleanup());
            break;
        case Phase::removal:
            TRY(removal());
            break;
    }
    return is_in_progress(stack_.status);
}

Result<void> Turn::load() {
    const std::string& status = stack_.status;
    if (status == "UPDATE_ROLLBACK_IN_PROGRESS")
        phase_ = Phase::backward;
    else if (status.ends_with("CLEANUP_IN_PROGRESS"))
        phase_ = Phase::cleanup;
    else if (status == "ROLLBACK_IN_PROGRESS" || status == "DELETE_IN_PROGRESS")
        phase_ = Phase::removal;
    for (StoredResource& one : TRY(records_.resources(stack_.uuid))) {
        const std::string logical = one.record.logical;
        resources_.emplace(logical, std::move(one));
    }
    if (phase_ == Phase::removal) return {};
    const model::StackSource source = TRY(records_.source(stack_.uuid));
    plan_ = TRY(plan_of(records_, stack_, source));
    return {};
}

std::string Turn::stage(std::string_view step) const {
    return fmt::format("{}/{}/{}", stack_.begun.time_since_epoch().count(),
                       phase_names[static_cast<std::size_t>(phase_)], step);
}

std::string_view Turn::step_of(const std::string& logical) const {
    const auto found = resources_.find(logical);
    if (found == resources_.end()) return {};
    const std::string_view whole = found->second.record.stage;
    const std::string begin = stage("");
    return whole.starts_with(begin) ? whole.substr(begin.size()) : std::string_view();
}

bool Turn::spend() {
    if (steps_left_ == 0) return false;
    --steps_left_;
    return true;
}

bool Turn::is_late() const {
    const Instant now = deps_.clock.now();
    if (stack_.timeout_minutes && stack_.status == "CREATE_IN_PROGRESS")
        return now - stack_.begun > std::chrono::minutes(*stack_.timeout_minutes);
    return now - stack_.begun > operation_max;
}

bool Turn::has_need_open(const std::string& logical) const {
    for (const std::string& other : plan_->needs.at(logical))
        if (plan_->is_wanted(other) && step_of(other) != "done") return true;
    return false;
}

Result<void> Turn::forward() {
    if (is_late()) return fail_forward("The time that the operation may take has passed.");
    for (const auto& [logical, declared] : plan_->source.resources) {
        if (!plan_->is_wanted(logical)) continue;
        const std::string_view step = step_of(logical);
        if (step == "done" || step == "failed") continue;
        if (step.empty() && has_need_open(logical)) continue;
        if (!spend()) break;
        TRY(advance(logical));
    }
    bool done = true;
    std::vector<std::string> failed;
    for (const auto& [logical, declared] : plan_->source.resources) {
        if (!plan_->is_wanted(logical)) continue;
        done = done && step_of(logical) == "done";
        if (step_of(logical) == "failed") failed.push_back(logical);
    }
    if (!failed.empty())
        return fail_forward(fmt::format("The following resource(s) failed to {}: [{}]. ",
                                        stack_.status == "CREATE_IN_PROGRESS" ? "create" : "update",
                                        joined(failed, ", ")));
    return done ? finish_forward() : Result<void>();
}

Result<void> Turn::finish_forward() {
    store::Transaction change;
    Result<void> outputs = put_outputs(change);
    if (!outputs) return fail_forward(outputs.error().message);
    if (stack_.status == "CREATE_IN_PROGRESS") return enter("CREATE_COMPLETE", "", std::move(change));
    return enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "", std::move(change));
}

// What is on its way when another resource fails goes no further.
Result<void> Turn::cancel_started() {
    for (const auto& [logical, stored] : std::map(resources_)) {
        const std::string_view step = step_of(logical);
        if (step.empty() || step == "done" || step == "failed") continue;
        model::StackResource resource = stored.record;
        const bool update = resource.before.has_value();
        resource.status = update ? "UPDATE_FAILED" : "CREATE_FAILED";
        resource.reason = update ? "Resource update cancelled" : "Resource creation cancelled";
        if (step != "starting") resource.stage = stage("failed");
        TRY(put(resource, true));
    }
    return {};
}

Result<void> Turn::fail_forward(const std::string& reason) {
    TRY(cancel_started());
    const bool creation = stack_.status == "CREATE_IN_PROGRESS";
    if (stack_.on_failure == "DO_NOTHING") return enter(creation ? "CREATE_FAILED" : "UPDATE_FAILED", reason);
    if (!creation) {
        const auto previous = TRY(records_.previous(stack_.uuid));
        if (!previous) return enter("UPDATE_FAILED", reason);
        const Place& place = records_.place();
        stack_.tags = previous->tags;
        return enter(
            "UPDATE_ROLLBACK_IN_PROGRESS", reason,
            {{}, {store::put(keys::stack_source(place.account, place.region, stack_.uuid), *previous)}});
    }
    if (stack_.on_failure == "DELETE")
        return enter("DELETE_IN_PROGRESS", reason + "Delete requested by user.");
    return enter("ROLLBACK_IN_PROGRESS", reason + "Rollback requested by user.");
}

Result<void> Turn::backward() {
    for (const auto& [logical, stored] : std::map(resources_)) {
        if (!stored.record.before) continue;
        const std::string_view step = step_of(logical);
        if (step == "done" || step == "failed") continue;
        if (!spend()) break;
        TRY(turn_back(stored.record));
    }
    bool done = true;
    std::vector<std::string> failed;
    for (const auto& [logical, stored] : resources_) {
        if (step_of(logical) == "failed") failed.push_back(logical);
        done = done && (!stored.record.before || step_of(logical) == "failed");
    }
    if (!done) return {};
    if (!failed.empty())
        return enter("UPDATE_ROLLBACK_FAILED",
                     fmt::format("The following resource(s) failed to update: [{}]. ", joined(failed, ", ")));
    store::Transaction change;
    Result<void> outputs = put_outputs(change);
    if (!outputs && is_passing(outputs.error())) return outputs;
    if (!outputs) return enter("UPDATE_ROLLBACK_FAILED", outputs.error().message);
    return enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "", std::move(change));
}

// Whether something else that is still to go needs this one.
bool Turn::has_user_left(const std::string& logical) const {
    for (const auto& [other, stored] : resources_) {
        if (other == logical || step_of(other) == "done") continue;
        for (const std::string& need : stored.record.needs)
            if (need == logical) return true;
    }
    return false;
}

Result<void> Turn::cleanup() {
    bool done = true;
    for (const auto& [logical, stored] : std::map(resources_)) {
        if (step_of(logical) == "done") continue;
        done = false;
        if (has_user_left(logical)) continue;
        if (!spend()) break;
        TRY(clean(stored.record));
    }
    if (!done) return {};
    const bool back = stack_.status.starts_with("UPDATE_ROLLBACK");
    const Place& place = records_.place();
    return enter(back ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_COMPLETE", "",
                 {{}, {store::erase(keys::previous_source(place.account, place.region, stack_.uuid))}});
}

Result<void> Turn::removal() {
    bool moved = false;
    for (const auto& [logical, stored] : std::map(resources_)) {
        const std::string_view step = step_of(logical);
        if (step == "done" || step == "failed" || has_user_left(logical)) continue;
        moved = true;
        if (!spend()) break;
        TRY(remove(stored.record));
    }
    if (moved) return {};
    std::vector<std::string> failed;
    for (const auto& [logical, stored] : resources_)
        if (step_of(logical) == "failed") failed.push_back(logical);
    return finish_removal(failed);
}

Result<void> Turn::finish_removal(const std::vector<std::string>& failed) {
    const bool rollback = stack_.status == "ROLLBACK_IN_PROGRESS";
    if (!failed.empty())
        return enter(rollback ? "ROLLBACK_FAILED" : "DELETE_FAILED",
                     fmt::format("The following resource(s) failed to delete: [{}]. ", joined(failed, ", ")));
    if (rollback) return enter("ROLLBACK_COMPLETE", "");
    store::Transaction change;
    Result<void> dropped = drop_exports(stack_.outputs, change);
    if (!dropped && is_passing(dropped.error())) return dropped;
    if (!dropped) return enter("DELETE_FAILED", dropped.error().message);
    const Place& place = records_.place();
    stack_.outputs.clear();
    stack_.imports.clear();
    stack_.deleted = deps_.clock.now();
    change.writes.push_back(store::erase(keys::stack_name(place.account, place.region, stack_.name)));
    TRY(enter("DELETE_COMPLETE", "", std::move(change)));
    return records_.prune_deleted();
}

Result<void> Turn::enter(const std::string& status, const std::string& reason, store::Transaction change) {
    stack_.status = status;
    stack_.reason = reason;
    change.guards.push_back(stored_.unchanged());
    change.writes.push_back(records_.put(stack_));
    change.writes.push_back(records_.event(stack_, nullptr, deps_.clock.now()));
    if (!is_in_progress(status)) change.writes.push_back(store::erase(keys::stack_in_progress(stack_.uuid)));
    stored_.modified = TRY(records_.store().commit(change));
    deps_.log.info("stack.status", {{"stack", stack_.id}, {"status", status}});
    return {};
}

}  // namespace countersign::cloudformation
