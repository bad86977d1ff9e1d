// Pages of a list, and what the next one is asked for with. Both texts are opaque to callers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::gateway {

template <class Item>
struct PageOf {
    std::vector<Item> items;
    std::optional<std::string> next;  // the marker of the next page
};

struct PageRequest {
    const std::optional<std::string>& marker;
    std::size_t items_max;
    std::string_view error_code;  // what a marker that is none is refused with
};

// A marker holds the place of the last item shown, so that a page is right even when items come and go
// between two calls.
std::string marker_of(std::string_view place);
Result<std::string> place_of(std::string_view marker, std::string_view error_code);

// `place` gives the text by which the items are ordered.
template <class Item, class Place>
Result<PageOf<Item>> page_of(std::vector<Item> items, Place place, const PageRequest& request) {
    std::ranges::sort(items, {}, place);
    if (request.marker) {
        const std::string after = TRY(place_of(*request.marker, request.error_code));
        std::erase_if(items, [&](const Item& item) { return place(item) <= after; });
    }
    PageOf<Item> answer;
    if (items.size() > request.items_max) {
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(request.items_max), items.end());
        answer.next = marker_of(place(items.back()));
    }
    answer.items = std::move(items);
    return answer;
}

// A token continues the answer to one question, at a place that the service knows to read.
std::string page_token(std::string_view place, std::string_view question);
// The place; nothing for what is no token, or that of another question.
std::optional<std::string> place_in(std::string_view token, std::string_view question);

}  // namespace countersign::gateway
