// Where the statements of a policy document stand in its text, for people and for the simulator's answers.
#pragma once

#include <string_view>
#include <vector>

#include "policy/explain.h"

namespace countersign::policy {

// One for each statement of a text that read_draft() accepts; of any other text nothing, or what was found.
std::vector<Span> statement_spans(std::string_view text);

}  // namespace countersign::policy
