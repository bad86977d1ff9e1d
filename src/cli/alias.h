// countersign alias …: further names that tokens for a database may carry. countersign pooler …: PgBouncer in
// front of a database, as a resource of its own.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_alias(CLI::App& app, CommandLine& line);
void add_pooler(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
