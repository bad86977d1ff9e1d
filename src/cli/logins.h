// countersign logins: the audit of logins, as a table for people or as JSON lines; one login in full; and
// whether the audit is whole.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_logins(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
