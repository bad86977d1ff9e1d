// What is around a token, a key, a code or an assertion is not part of it: files and arguments have what
// editors, shells and encoders leave at their ends.
#pragma once

#include <string_view>

#include "base/text.h"

namespace countersign {

// Without a byte order mark in front, and what trimmed() takes at both ends.
inline std::string_view without_wrapping(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return trimmed(text);
}

}  // namespace countersign
