// Whom something is given to: users and groups of the instance's identity store.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "model/identity_center.h"
#include "store/store.h"

namespace countersign::sso_admin {

std::string kind_text(model::AssigneeKind kind);
model::AssigneeKind kind_of(const std::string& text);

// The assignee's record, to be written again with the assignment: a deletion meanwhile does not pass over it.
// Nothing where there is none.
Result<std::optional<store::Transaction>> with_assignee(store::Store& store,
                                                        const std::string& identity_store,
                                                        model::AssigneeKind kind, const std::string& id);

}  // namespace countersign::sso_admin
