// What a template's resources need of one another, and whether every name in it leads somewhere. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "services/cloudformation/template/template.h"

namespace countersign::cloudformation {

// By logical id: the resources that must be there before.
using Needs = std::map<std::string, std::set<std::string>>;

// Fault::invalid: a name of nothing (Ref, Fn::GetAtt, Fn::Sub, DependsOn, Condition), a circle.
Result<Needs> needs_of(const Template& source);

// The resources that a value refers to.
std::set<std::string> resources_in(const Template& source, const json::value& value);

}  // namespace countersign::cloudformation
