// The operations of a PATCH: what they are, and what they make of a resource. Pure.
// Source: RFC 7644, section 3.5.2; beside it what clients send: operations in capitals, paths as names of
// members, flags as texts, values of a removal.
#pragma once

#include <vector>

#include "services/scim/filter.h"

namespace countersign::scim {

enum class Kind { add, replace, remove };

struct Operation {
    Kind kind = Kind::add;
    Path path;
    json::value value;  // as read_value() has it; null: nothing
};

// One without a path becomes one for each member of its value. Codes invalidSyntax, invalidPath,
// invalidFilter, invalidValue, noTarget.
Result<std::vector<Operation>> parse_patch(Attributes attributes, const json::value& request);

// Changes a resource as read_object() has it. Code noTarget: what should be replaced is not there.
Result<void> apply(const Operation& operation, json::object& resource);

}  // namespace countersign::scim
