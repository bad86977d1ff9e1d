// Patterns of policy text, compiled once and matched in time linear in the text for every run between two
// '*'. A variable's value is always literal: a tag that holds '*' matches only a '*'.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "policy/variables.h"

namespace countersign::policy {

enum class Case { exact, ignored };  // ignored: ASCII letters only

constexpr char lowered(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
inline bool same(std::string_view left, std::string_view right, Case letters) {
    if (letters == Case::exact) return left == right;
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(),
                      [](char one, char other) { return one == other || lowered(one) == lowered(other); });
}

class Pattern {
public:
    Pattern(std::string_view text, Syntax syntax, Case letters);

    // False when a variable has neither a single value nor a fallback.
    bool matches(std::string_view text, const Context& context) const;
    bool has_variables() const { return has_variables_; }
    bool is_literal() const { return is_literal_; }  // without wildcards and variables
    std::string_view literal_start() const;          // before the first of either

private:
    std::vector<Piece> pieces_;
    Case letters_;
    bool has_variables_ = false;
    bool is_literal_ = false;
};

}  // namespace countersign::policy
