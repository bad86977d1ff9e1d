// Text of a policy taken apart once: literal runs, wildcards and policy variables.
// Source: IAM User Guide, "IAM policy elements: Variables and tags" (reference_policies_variables).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace countersign::policy {

// Which marks have a meaning: ${…} only in documents of version 2012-10-17, * and ? only in some elements.
struct Syntax {
    bool variables = false;
    bool wildcards = false;
    bool as_spelled = false;  // variables keep their spelling, for people to read
};

struct Piece {
    enum class Kind { literal, any_run, any_one, variable };

    Kind kind = Kind::literal;
    std::string text;                     // the literal, or the variable's key, lower case unless as spelled
    std::optional<std::string> fallback;  // of a variable: ${key, 'fallback'}
};

// Equal neighbours are joined: literals become one, a run of '*' one any_run. What is no well-formed variable
// stays literal; ${*}, ${?} and ${$} are the characters themselves.
std::vector<Piece> pieces_of(std::string_view text, Syntax syntax);

// What a variable stands for: its key's only value, else its fallback, else nothing.
const std::string* value_of(const Piece& variable, const Context& context);
const std::string* value_of(Piece&&, const Context&) = delete;  // the answer may lie inside the piece

}  // namespace countersign::policy
