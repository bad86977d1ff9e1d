// RDS's pages: at most MaxRecords (100 where it is not given) of a list in order.
#pragma once

#include <utility>
#include <vector>

#include "gateway/paging.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::PageOf;

// `place` gives the text by which the items are ordered. The input is that of any Describe operation.
template <class Item, class Place, class Input>
Result<PageOf<Item>> page(std::vector<Item> items, Place place, const Input& input) {
    constexpr Range records{20, 100};
    TRY(check_range("MaxRecords", input.MaxRecords, records));
    const auto most = static_cast<std::size_t>(input.MaxRecords.value_or(records.last));
    return gateway::page_of(std::move(items), place, {input.Marker, most, "InvalidParameterValue"});
}

}  // namespace countersign::rds
