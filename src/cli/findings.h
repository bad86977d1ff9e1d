// Findings of attach and doctor, printed as they are found.
#pragma once

#include "attach/checklist.h"

namespace countersign::cli {

// One line: a tick, a cross or an exclamation mark; below it what to do about it.
void print_finding(const attach::Finding& finding);

}  // namespace countersign::cli
