// Patterns of policy text, compiled once and matched in time linear in the text for every run between two
// '*'. A variable's value is always literal: a tag that holds '*' matches only a '*'.
#pragma once

#include <string_view>
#include <vector>

#include "policy/variables.h"

namespace countersign::policy {

enum class Case { exact, ignored };  // ignored: ASCII letters only

class Pattern {
public:
    Pattern(std::string_view text, Syntax syntax, Case letters);

    // False when a variable has neither a single value nor a fallback.
    bool matches(std::string_view text, const Context& context) const;
    bool has_variables() const;

private:
    std::vector<Piece> pieces_;
    Case letters_;
};

}  // namespace countersign::policy
