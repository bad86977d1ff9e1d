// countersign import FILE: takes over what `aws iam get-account-authorization-details` tells of an account.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_import(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
