// What becomes of one thing that is to go.
#include <algorithm>

#include "model/cloudformation_keys.h"
#include "services/cloudformation/engine/turn.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

// True: it is gone.
Result<bool> Turn::remove_thing(model::StackResource& resource, const model::StackThing& thing) {
    const Type* type = find_type(thing.type);
    if (type == nullptr) return Error{Fault::invalid, "Unrecognized resource type: " + thing.type, ""};
    const Job job = TRY(job_of(thing, nullptr));
    if (step_of(resource.logical) != "going") {
        TRY(type->remove(job));
        if (!type->gone) return true;
        resource.stage = stage("going");
        TRY(put(resource, false));
        return type->gone(job);
    }
    return type->gone ? type->gone(job) : Result<bool>(true);
}

// One of them a turn. What cannot be deleted is left behind, and its event says so.
Result<void> Turn::clean_leftovers(model::StackResource& resource) {
    const model::StackThing thing = resource.leftovers.front();
    model::StackResource shown = resource;
    const auto tell = [&](const char* status, const std::string& reason) {
        shown.thing = thing;
        shown.status = status;
        shown.reason = reason;
        return records_.store().commit({{}, {records_.event(stack_, &shown, deps_.clock.now())}});
    };
    if (step_of(resource.logical) != "going") TRY(tell("DELETE_IN_PROGRESS", ""));
    const Result<bool> gone = remove_thing(resource, thing);
    if (gone && !*gone) return {};
    TRY(tell(gone ? "DELETE_COMPLETE" : "DELETE_FAILED", gone ? "" : gone.error().message));
    resource.leftovers.erase(resource.leftovers.begin());
    resource.stage = stage("next");
    return put(resource, false);
}

// After an update: what was replaced goes, and what the template has no more.
Result<void> Turn::clean(model::StackResource resource) {
    TRY(adopt(resource));
    if (resource.before) {
        const auto declared = plan_->source.resources.find(resource.logical);
        const bool replaced = !resource.made || resource.thing.physical != resource.before->physical;
        const bool kept =
            declared != plan_->source.resources.end() && declared->second.update_replace_policy == "Retain";
        if (replaced && !kept) resource.leftovers.push_back(*resource.before);
        resource.before.reset();
        resource.made_now = false;
        resource.stage = stage("next");
        TRY(put(resource, false));
    }
    const bool wanted = plan_->is_wanted(resource.logical);
    if (!wanted && resource.made && !is_kept(resource)) {
        resource.leftovers.push_back(resource.thing);
        resource.made = false;
        resource.stage = stage("next");
        TRY(put(resource, false));
    }
    if (!resource.leftovers.empty()) return clean_leftovers(resource);
    if (wanted) {
        resource.made_now = false;
        resource.stage = stage("done");
        return put(resource, false);
    }
    if (resource.made) {
        resource.status = "DELETE_SKIPPED";
        resource.stage = stage("next");
        TRY(put(resource, true));
    }
    const auto found = resources_.find(resource.logical);
    TRY(records_.store().commit({{found->second.unchanged()}, {store::erase(found->second.key)}}));
    resources_.erase(found);
    return {};
}

bool Turn::is_kept(const model::StackResource& resource) const {
    const std::string& policy = resource.thing.policy;
    const bool creation = stack_.status == "ROLLBACK_IN_PROGRESS" ||
                          (stack_.status.starts_with("UPDATE_ROLLBACK") && resource.made_now);
    if (policy == "RetainExceptOnCreate") return !creation;
    if (policy == "Retain") return !creation || !stack_.retain_except_on_create;
    return std::ranges::find(stack_.retained, resource.logical) != stack_.retained.end();
}

// What an attempt may have made that was cut off, so that it goes, too.
Result<void> Turn::adopt(model::StackResource& resource) {
    if (resource.made || resource.intent.empty() || !resource.stage.ends_with("/starting")) return {};
    const Type* type = find_type(resource.thing.type);
    if (type == nullptr) return {};
    Job job = TRY(job_of(resource.thing, nullptr));
    job.name = resource.intent;
    job.resumed = true;
    job.begun = resource.updated.time_since_epoch().count() / 1000;
    Result<Made> made = type->create(job);
    if (!made) return {};
    resource.thing.physical = made->physical;
    resource.made = true;
    return {};
}

Result<void> Turn::remove(model::StackResource resource) {
    const bool first = step_of(resource.logical).empty();
    const auto end = [&](const char* status) {
        resource.status = status;
        resource.stage = stage("done");
        resource.made = false;
        return put(resource, true);
    };
    if (first) {
        TRY(adopt(resource));
        if (resource.before && resource.before->physical != resource.thing.physical)
            resource.leftovers.push_back(*resource.before);
        resource.before.reset();
        resource.reason.clear();
        if (resource.made && is_kept(resource)) return end("DELETE_SKIPPED");
        resource.status = "DELETE_IN_PROGRESS";
        resource.stage = stage("next");
        TRY(put(resource, true));
    }
    if (!resource.leftovers.empty()) return clean_leftovers(resource);
    if (!resource.made) return end("DELETE_COMPLETE");
    const Result<bool> gone = remove_thing(resource, resource.thing);
    if (gone) return *gone ? end("DELETE_COMPLETE") : Result<void>();
    if (is_passing(gone.error())) return {};
    resource.status = "DELETE_FAILED";
    resource.reason = gone.error().message;
    resource.stage = stage("failed");
    return put(resource, true);
}

}  // namespace countersign::cloudformation
