// Settings written into AWS's configuration file, with all else in it left as it is. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace countersign::client {

using Settings = std::vector<std::pair<std::string, std::string>>;

// The text with these settings in the section [name]: a line that is there is replaced, others are added at
// its end, and the section at the end of the text where there is none.
// Fault::invalid: a section, name or value with a character that would end its line, or the section's name.
Result<std::string> with_settings(std::string_view text, std::string_view section, const Settings& settings);

}  // namespace countersign::client
