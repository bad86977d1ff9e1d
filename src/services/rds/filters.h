// The Filters of Describe operations: each has a name and values, and keeps what has one of the values.
// Values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generated/rds.h"

namespace countersign::rds {

// What an item answers to each filter's name: several texts where it goes by several, as identifier and ARN.
using Traits = std::map<std::string_view, std::vector<std::string>>;

class Filters {
public:
    // A name that is not among the known ones is refused, as is a filter without values.
    static Result<Filters> read(const std::optional<std::vector<api::Filter>>& given,
                                const std::vector<std::string_view>& known);

    // Whether every filter finds one of its values in the traits.
    bool let_through(const Traits& traits) const;

private:
    std::vector<api::Filter> filters_;
};

}  // namespace countersign::rds
