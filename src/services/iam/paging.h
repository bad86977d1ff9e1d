// IAM's pages: at most MaxItems (100 where it is not given) of a list in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/paging.h"

namespace countersign::iam {

using gateway::PageOf;

// `place` gives the text by which the items are ordered.
template <class Item, class Place>
Result<PageOf<Item>> page(std::vector<Item> items, Place place, const std::optional<std::string>& marker,
                          const std::optional<std::int64_t>& items_max) {
    const auto most = static_cast<std::size_t>(items_max.value_or(100));
    return gateway::page_of(std::move(items), place, {marker, most, "ValidationError"});
}

// Fills the members that every paged answer of IAM has.
template <class Answer, class Item>
void put_page(Answer& answer, const PageOf<Item>& page) {
    answer.IsTruncated = page.next.has_value();
    answer.Marker = page.next;
}

}  // namespace countersign::iam
