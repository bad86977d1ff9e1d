// Words of a command line for a POSIX shell to read. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace countersign::cli {

// As it is where the shell would leave it alone, else in single quotes.
inline std::string shell_quoted(std::string_view word) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=@%+,";
    const auto is_plain = [&](char c) { return plain.find(c) != std::string_view::npos; };
    if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
    std::string quoted = "'";
    for (const char c : word)
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    return quoted + '\'';
}

}  // namespace countersign::cli
