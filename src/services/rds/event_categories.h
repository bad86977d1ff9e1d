// What RDS's events are about: the categories of each type of source, and that of an event. Pure. Source: RDS
// User Guide, "Amazon RDS event categories and event messages".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

// InvalidParameterValue for what is no type of source. None given is fine.
Result<void> check_source_type(const std::optional<std::string>& type);

// Whether events of a source of that type may be of a category; of an empty type: of any source.
bool has_category(std::string_view source_type, std::string_view category);

// By its message, whose words are databases/record_changes' and this service's own.
std::string_view category_of(std::string_view message);

Result<api::EventCategoriesMessage> describe_event_categories(
    const Deps& deps, const gateway::Call& call, const api::DescribeEventCategoriesMessage& input);

}  // namespace countersign::rds
