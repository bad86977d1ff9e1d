// countersign explain: why a login would be allowed or refused.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_explain(CLI::App& app, Line& line);

}  // namespace countersign::cli
