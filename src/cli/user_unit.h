// A systemd user unit for a command of this program that goes on until it is told to stop. Sources:
// systemd.service(5), "Command lines"; systemd.exec(5), "Environment".
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/aws_config.h"

namespace countersign::cli {

struct UserUnit {
    std::string description;
    std::string manual;                  // page of section 1
    std::vector<std::string> arguments;  // of this program
};

std::string own_program();  // its absolute path

// With the settings of AWS's programs that are in the environment, but those that are secrets: a service of
// systemd's does not see a shell's. Fault::invalid for words that are not of one line.
Result<std::string> text_of(const UserUnit& unit, const std::string& program,
                            const client::Environment& environment);

}  // namespace countersign::cli
