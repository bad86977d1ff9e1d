// countersign attach, countersign detach: puts a PostgreSQL that somebody else runs under IAM login, and
// takes it out again. Run on the server's host.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_attach(CLI::App& app, Line& line);
void add_detach(CLI::App& app, Line& line);

}  // namespace countersign::cli
