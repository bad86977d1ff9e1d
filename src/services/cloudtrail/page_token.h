// What a NextToken says: how far each log was read, and for which question. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/cloudtrail/timeline.h"

namespace countersign::cloudtrail {

std::string page_token(const std::vector<Position>& positions, std::string_view question);

// Positions of so many logs. An error for a token of another question, or for what is no token.
Result<std::vector<Position>> read_page_token(std::string_view token, std::string_view question,
                                              std::size_t logs);

}  // namespace countersign::cloudtrail
