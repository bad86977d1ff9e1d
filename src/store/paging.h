// Pages of lists that lie in the store, read from there and no more of it than they need. The marker of the
// next page is opaque to callers and holds the key of the last item shown, so that a page is right even when
// items come and go between two calls.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/records.h"

namespace countersign::store {

struct PageWanted {
    std::string after = {};  // only keys greater than this one
    std::size_t items_max = 100;
    std::string until = {};  // only keys less than this one; empty: to the end of the list
};

template <class T>
struct RecordPage {
    std::vector<Stored<T>> items;  // in the order of their keys
    bool more = false;
};

// Shows everything.
inline constexpr auto every = [](const auto&) { return true; };

// Hands on the entries of a list, in order, for as long as `take` is true of them. Reads as many at a time as
// the options say, all of one revision.
Result<void> walk(Store& store, std::string_view prefix, ListOptions options,
                  const std::function<Result<bool>(const Entry& entry)>& take);

// The first records of a list that `is_shown` is true of. Reads on only for as long as it leaves records out.
template <class T, class Condition>
Result<RecordPage<T>> load_page(Store& store, std::string_view prefix, const PageWanted& wanted,
                                const Condition& is_shown) {
    RecordPage<T> page;
    // False: the page is whole.
    const auto take = [&](const Entry& entry) -> Result<bool> {
        if (!wanted.until.empty() && entry.key >= wanted.until) return false;
        T record = TRY(formats::from_record<T>(entry.value));
        if (!is_shown(record)) return true;
        page.more = page.items.size() == wanted.items_max;
        if (!page.more) page.items.push_back(Stored<T>{std::move(record), entry.key, entry.modified});
        return !page.more;
    };
    TRY(walk(store, prefix, {.after = wanted.after, .entries_max = wanted.items_max + 1}, take));
    return page;
}

std::string marker_of(std::string_view key);
// The key that a marker of this list holds; nothing when it is none of it.
std::optional<std::string> key_of(std::string_view marker, std::string_view prefix);

}  // namespace countersign::store
