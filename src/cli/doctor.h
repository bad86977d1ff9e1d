// countersign doctor: looks at this host and names what is wrong, with a hint.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_doctor(CLI::App& app, Line& line);

}  // namespace countersign::cli
