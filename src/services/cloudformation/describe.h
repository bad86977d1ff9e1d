// Records as CloudFormation's answers show them.
#pragma once

#include <string>
#include <vector>

#include "generated/cloudformation.h"
#include "services/cloudformation/engine/records.h"

namespace countersign::cloudformation {

// With its parameters, of which those that NoEcho hides are not shown, and its outputs.
Result<api::Stack> to_api(const Records& records, const model::Stack& stack);
std::vector<api::Parameter> shown_parameters(const Template& source, const GivenParameters& parameters);
std::vector<api::Tag> shown_tags(const std::vector<model::Tag>& tags);

// An item of a list that comes in pages, by its place in it.
struct PageStart {
    std::size_t first = 0;
    std::size_t last = 0;
    std::optional<std::string> next;
};
Result<PageStart> page_start(const std::optional<std::string>& token, std::size_t items,
                             std::size_t page_max);

}  // namespace countersign::cloudformation
