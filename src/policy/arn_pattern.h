// Patterns of ARNs: each of the six fields is matched by itself, so that '*' in one does not reach into the
// next. The sixth is everything after the fifth colon. A pattern that is no ARN ("*") is matched as a whole.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/glob.h"

namespace countersign::policy {

using ArnFields = std::array<std::string_view, 6>;

// An ARN taken apart, views into the text given; the fields are empty for a text that is no ARN.
struct ArnText {
    std::string_view whole;
    std::optional<ArnFields> fields;

    explicit ArnText(std::string_view text);
};

class ArnPattern {
public:
    // Resources complete a short ARN with '*' fields; in conditions it matches nothing.
    enum class Short { completed, no_match };

    ArnPattern(std::string_view text, bool variables, Short handling);

    bool matches(const ArnText& arn, const Context& context) const;
    bool has_variables() const;
    // The only text that its last field matches; nothing when there are several, or no fields.
    std::optional<std::string_view> literal_last_field() const;

private:
    std::vector<Pattern> fields_;  // one for the whole text, else the fields of an ARN
};

// The text before the fifth colon (colons inside ${…} not counted) holds a variable, where none may be.
bool has_early_variable(std::string_view arn);

}  // namespace countersign::policy
