// countersign alias …: further names that tokens for a database may carry. countersign pooler …: PgBouncer in
// front of a database, as a resource of its own.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_alias(CLI::App& app, Line& line);
void add_pooler(CLI::App& app, Line& line);

}  // namespace countersign::cli
