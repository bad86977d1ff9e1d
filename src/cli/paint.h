// Colours of what commands print, on terminals only.
#pragma once

#include <string>
#include <string_view>

namespace countersign::cli {

enum class Paint { good, bad, warning, faint };

// `text` as standard output shows it: with the colour where that is a terminal that has colours and NO_COLOR
// is not set (no-color.org), else as it is.
std::string painted(std::string_view text, Paint paint);

}  // namespace countersign::cli
