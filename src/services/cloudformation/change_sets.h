// What the operations on change sets share.
#pragma once

#include "services/cloudformation/operations.h"
#include "services/cloudformation/prepare.h"

namespace countersign::cloudformation {

inline constexpr std::size_t change_sets_max = 50;  // of a stack

struct FoundChangeSet {
    StoredStack stack;
    store::Stored<model::ChangeSet> set;
};
// Which change set a call names: by its name and the stack's, or by its own id.
struct NamedChangeSet {
    const std::optional<std::string>& stack;
    const std::string& name_or_id;
};
// Its caller needs the right to that action on the stack.
Result<FoundChangeSet> find_change_set(const Deps& deps, const Call& call, std::string_view action,
                                       const NamedChangeSet& named);

// What the update would add, change and remove.
Result<std::vector<model::ResourceChange>> changes_of(const Records& records, const model::Stack& stack,
                                                      const Plan& plan);

}  // namespace countersign::cloudformation
