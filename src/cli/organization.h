// countersign account …, countersign guardrail …: the accounts of a server, and what nobody in one can
// exceed.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_account(CLI::App& app, Line& line);
void add_guardrail(CLI::App& app, Line& line);

}  // namespace countersign::cli
