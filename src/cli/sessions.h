// countersign sessions: who is logged in by token, and ending it.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_sessions(CLI::App& app, Line& line);

}  // namespace countersign::cli
