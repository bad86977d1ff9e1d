// countersign import FILE: takes over what `aws iam get-account-authorization-details` tells of an account.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_import(CLI::App& app, Line& line);

}  // namespace countersign::cli
