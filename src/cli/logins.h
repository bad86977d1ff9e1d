// countersign logins: the audit of logins, as a table for people or as JSON lines.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "base/result.h"

namespace countersign::cli {

struct LoginsOptions {
    bool follow = false;  // goes on with what is appended, until interrupted
    bool json = false;
    std::size_t lines_max = 0;  // only the newest ones; 0: all
};

Result<void> show_logins(const std::filesystem::path& log, const LoginsOptions& options, std::ostream& out);

}  // namespace countersign::cli
