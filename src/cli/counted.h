// How many of what, in words.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace countersign::cli {

// "0 members", "1 member": the count is decimal digits.
inline std::string counted(std::string_view count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == "1" ? "" : "s");
}

}  // namespace countersign::cli
