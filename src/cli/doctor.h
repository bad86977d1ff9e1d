// countersign doctor: looks at this host and names what is wrong, with the mend.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_doctor(CLI::App& app, Line& line);

}  // namespace countersign::cli
