// `countersign directory`: the people who sign in by a browser, as IAM Identity Center keeps them. What is
// not here is done with `aws sso-admin` and `aws identitystore`.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_directory(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
