// How an update of a stack begins, for calls that give a template and for change sets.
#pragma once

#include "gateway/operation.h"
#include "services/cloudformation/prepare.h"
#include "services/cloudformation/service.h"

namespace countersign::cloudformation {

// Fault::invalid where the stack is in no state to be updated.
Result<void> check_updatable(const model::Stack& stack);

// Whether the template, the parameters or the tags are others than before.
Result<bool> has_changes(const Records& records, const model::Stack& stack,
                         const model::StackSource& previous, const Prepared& now);

// Puts the update down for the worker, with what a failure goes back to.
Result<void> begin_update(const Deps& deps, const gateway::Call& call, StoredStack& found,
                          const Prepared& prepared);

}  // namespace countersign::cloudformation
