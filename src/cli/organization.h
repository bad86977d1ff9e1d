// countersign account …, countersign guardrail …: the accounts of a server, and what nobody in one can
// exceed.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_account(CLI::App& app, CommandLine& line);
void add_guardrail(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
