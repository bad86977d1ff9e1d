// What changes in a file, as `diff -u` shows it: one hunk from the first line that differs to the last. Pure.
#pragma once

#include <string>
#include <string_view>

namespace countersign::attach {

// Empty when nothing differs.
std::string unified_diff(const std::string& file, std::string_view before, std::string_view after);

}  // namespace countersign::attach
