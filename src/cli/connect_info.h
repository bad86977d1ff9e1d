// countersign connect-info and countersign pgadmin: how a client reaches a database with a token, in the
// client's own words.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_connect_info(CLI::App& app, Line& line);
void add_pgadmin(CLI::App& app, Line& line);

}  // namespace countersign::cli
