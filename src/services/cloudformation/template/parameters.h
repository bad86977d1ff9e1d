// The parameters of a template and what a call gives for them. Pure.
// Source: AWS CloudFormation User Guide, "CloudFormation template Parameters syntax".
#pragma once

#include <map>
#include <string>

#include "services/cloudformation/template/evaluate.h"

namespace countersign::cloudformation {

using GivenParameters = std::map<std::string, std::string>;

inline constexpr std::size_t parameter_bytes_max = 4096;  // AWS's
inline constexpr std::string_view not_shown = "****";     // in place of what NoEcho hides

// The texts that the parameters have: those that are given, else their defaults. Fault::invalid: one that is
// not declared, that has no value, or whose value its declaration does not allow.
Result<GivenParameters> settle_parameters(const Template& source, const GivenParameters& given);

// As functions see them.
ParameterValues parameter_values(const Template& source, const GivenParameters& settled);

// Fault::unsupported: a type that needs a service which is not here, of a parameter that something uses; a
// rule.
Result<void> check_parameter_types(const Template& source);

}  // namespace countersign::cloudformation
