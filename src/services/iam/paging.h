// IAM's pages: at most MaxItems (100 where it is not given) of a list in order; the marker is opaque to
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

namespace countersign::iam {

template <class Item>
struct PageOf {
    std::vector<Item> items;
    std::optional<std::string> next;  // the marker of the next page
};

// `place` gives the text by which the items are ordered.
template <class Item, class Place>
Result<PageOf<Item>> page(std::vector<Item> items, Place place, const std::optional<std::string>& marker,
                          const std::optional<std::int64_t>& items_max) {
    const auto limit = static_cast<std::size_t>(items_max.value_or(100));
    std::ranges::sort(items, {}, place);
    if (marker) {
        const auto after = formats::from_base64(*marker);
        if (!after) return Error{Fault::invalid, "Invalid Marker.", "ValidationError"};
        std::erase_if(items, [&](const Item& item) { return place(item) <= *after; });
    }
    PageOf<Item> answer;
    if (items.size() > limit) {
        items.resize(limit);
        answer.next = formats::base64(place(items.back()));
    }
    answer.items = std::move(items);
    return answer;
}

// Fills the members that every paged answer of IAM has.
template <class Answer, class Item>
void put_page(Answer& answer, const PageOf<Item>& page) {
    answer.IsTruncated = page.next.has_value();
    answer.Marker = page.next;
}

}  // namespace countersign::iam
