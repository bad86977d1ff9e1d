// RDS's pages: at most MaxRecords (100 where it is not given) of a list in order; the marker is opaque to
// callers and holds the place of the last item shown, so that a page is right even when items come and go
// between two calls.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/encoding.h"
#include "services/rds/validation.h"

namespace countersign::rds {

template <class Item>
struct PageOf {
    std::vector<Item> items;
    std::optional<std::string> next;  // the marker of the next page
};

// `place` gives the text by which the items are ordered. The input is that of any Describe operation.
template <class Item, class Place, class Input>
Result<PageOf<Item>> page(std::vector<Item> items, Place place, const Input& input) {
    constexpr Range records{20, 100};
    TRY(check_range("MaxRecords", input.MaxRecords, records));
    const auto limit = static_cast<std::size_t>(input.MaxRecords.value_or(records.last));
    std::ranges::sort(items, {}, place);
    if (input.Marker) {
        const auto after = formats::from_base64(*input.Marker);
        if (!after) return invalid_value("Invalid Marker.");
        std::erase_if(items, [&](const Item& item) { return place(item) <= *after; });
    }
    PageOf<Item> answer;
    if (items.size() > limit) {
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(limit), items.end());
        answer.next = formats::base64(place(items.back()));
    }
    answer.items = std::move(items);
    return answer;
}

}  // namespace countersign::rds
