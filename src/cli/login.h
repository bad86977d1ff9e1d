// `countersign login`, `logout` and `whoami`: a person signs in by a browser, and every tool that knows AWS's
// profiles goes on from there.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_login_and_logout(CLI::App& app, CommandLine& line);
void add_whoami(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
