// One turn of the work on one stack: what can be done now without waiting is done, and put down. Whatever the
// process's end cuts off, the next turn finds in the records and goes on with. One thread.
//
// A resource's stage is OPERATION/PHASE/STEP; a stage of another operation or phase counts as none. Its
// steps:
//   forward   starting (its name is put down, the call may have been made), filling, changing, working, done,
//   failed backward  changing, working, done, failed cleanup, removal   going, done, failed
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "services/cloudformation/engine/actor.h"
#include "services/cloudformation/engine/records.h"
#include "services/cloudformation/template/order.h"

namespace countersign::cloudformation {

// A template with what its parameters make of it.
struct Plan {
    Template source;
    GivenParameters parameters;
    std::map<std::string, bool> conditions;
    Needs needs;

    bool is_wanted(const std::string& logical) const;
};
Result<Plan> plan_of(const Records& records, const model::Stack& stack, const model::StackSource& source);
Environment environment_of(const Records& records, const model::Stack& stack, const Plan& plan);

// What may go by itself: the next turn tries again.
bool is_passing(const Error& error);

class Turn {
public:
    Turn(const WorkDeps& deps, const Records& records, StoredStack stack);

    // False: the stack needs no more work. An error is for the log, and the next turn tries again.
    Result<bool> go();

private:
    enum class Phase { forward, backward, cleanup, removal };

    // turn.cc: what becomes of the stack.
    Result<void> load();
    Result<void> forward();
    Result<void> finish_forward();
    Result<void> fail_forward(const std::string& reason);
    Result<void> cancel_started();
    Result<void> backward();
    Result<void> cleanup();
    Result<void> removal();
    Result<void> finish_removal(const std::vector<std::string>& failed);
    Result<void> enter(const std::string& status, const std::string& reason, store::Transaction change = {});
    bool is_late() const;

    // outputs.cc
    Environment environment_of_outputs();
    Result<void> export_output(model::StackOutput& output, const json::value& name, Evaluator& evaluator,
                               store::Transaction& change) const;
    Result<std::vector<model::StackOutput>> made_outputs(store::Transaction& change);
    Result<void> put_outputs(store::Transaction& change);
    Result<void> put_export(const model::StackOutput& output, store::Transaction& change) const;
    Result<void> drop_exports(const std::vector<model::StackOutput>& old, store::Transaction& change) const;

    // making.cc: what becomes of one resource that is to be there.
    Result<void> advance(const std::string& logical);
    Result<void> begin(model::StackResource resource);
    Result<void> begin_change(model::StackResource resource, const json::object& properties);
    Result<void> begin_new(model::StackResource resource, const json::object& properties);
    Result<void> make(model::StackResource resource, bool resumed);
    Result<void> fill(model::StackResource resource);
    Result<void> change(model::StackResource resource);
    Result<void> settle(model::StackResource resource);
    Result<void> turn_back(model::StackResource resource);
    Result<void> fail(model::StackResource resource, const Error& error);
    Result<void> put(const model::StackResource& resource, bool with_event);
    Result<json::object> evaluated(const std::string& logical);
    std::string name_for(const Type& type, const std::string& logical, const json::object& properties) const;

    // removing.cc: what becomes of one thing that is to go.
    Result<bool> remove_thing(model::StackResource& resource, const model::StackThing& thing);
    Result<void> clean(model::StackResource resource);
    Result<void> clean_leftovers(model::StackResource& resource);
    Result<void> remove(model::StackResource resource);
    Result<void> adopt(model::StackResource& resource);
    bool is_kept(const model::StackResource& resource) const;

    std::string stage(std::string_view step) const;
    std::string_view step_of(const std::string& logical) const;
    bool has_need_open(const std::string& logical) const;
    bool has_user_left(const std::string& logical) const;
    Result<Job> job_of(const model::StackThing& now, const model::StackThing* before);
    bool spend();

    const WorkDeps& deps_;
    const Records& records_;
    StoredStack stored_;
    model::Stack& stack_;
    const model::StackActor actor_;
    ActorApi api_;
    Phase phase_ = Phase::forward;
    std::optional<Plan> plan_;
    std::map<std::string, StoredResource> resources_;
    std::size_t steps_left_;
    json::object now_;  // of the job at hand
    json::object before_;
};

}  // namespace countersign::cloudformation
