// Questions to the person at the terminal, whatever standard input and output are.
#pragma once

#include <string>

#include "base/result.h"

namespace countersign::client {

// Fault::not_found: there is no terminal. The answer is one line without blanks around it.
Result<std::string> ask_on_terminal(const std::string& question);

}  // namespace countersign::client
