// A policy document as written: its JSON checked for shape and taken apart, nothing interpreted yet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/conditions.h"

namespace countersign::policy {

struct DraftCondition {
    OperatorUse use;
    std::string key;
    std::vector<std::string> values;
};

// Principal and NotPrincipal: pairs of type ("AWS", "Service", …) and value; "*" alone is AWS "*".
using DraftPrincipals = std::vector<std::pair<std::string, std::string>>;

struct DraftStatement {
    std::string sid;
    std::string effect;
    std::optional<DraftPrincipals> principal;
    bool bare_star = false;  // "Principal": "*", not {"AWS": "*"}
    std::optional<DraftPrincipals> not_principal;
    std::optional<std::vector<std::string>> action;
    std::optional<std::vector<std::string>> not_action;
    std::optional<std::vector<std::string>> resource;
    std::optional<std::vector<std::string>> not_resource;
    std::vector<DraftCondition> conditions;
};

struct Draft {
    std::string version;  // empty when the document names none
    std::vector<DraftStatement> statements;
};

// Variables came with the second version of the language.
inline bool knows_variables(const Draft& draft) {
    return draft.version == "2012-10-17";
}

Error malformed(std::string message);  // Fault::invalid, MalformedPolicyDocument

// Refuses, always with the same message, what is not JSON of a policy's shape: an element or operator that is
// unknown, a value of another type, an effect that is neither, both of a pair such as Action and NotAction.
Result<Draft> read_draft(std::string_view text);

}  // namespace countersign::policy
