// IAM's pages: at most MaxItems (100 where it is not given) of a list in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "gateway/paging.h"
#include "store/paging.h"

namespace countersign::iam {

using gateway::PageOf;

inline std::size_t items_wanted(const std::optional<std::int64_t>& items_max) {
    return static_cast<std::size_t>(items_max.value_or(100));
}
inline constexpr std::string_view marker_error = "ValidationError";

inline Error invalid_marker() {
    return Error{Fault::invalid, "Invalid Marker.", std::string(marker_error)};
}

// `place` gives the text by which the items are ordered.
template <class Item, class Place>
Result<PageOf<Item>> page(std::vector<Item> items, Place place, const std::optional<std::string>& marker,
                          const std::optional<std::int64_t>& items_max) {
    return gateway::page_of(std::move(items), place, {marker, items_wanted(items_max), marker_error});
}

// A page of a list that lies in the store: of its records those that `is_shown` is true of.
template <class Record, class Input, class Condition>
Result<PageOf<store::Stored<Record>>> stored_page(store::Store& store, const std::string& list,
                                                  const Input& input, const Condition& is_shown) {
    store::PageWanted wanted{.items_max = items_wanted(input.MaxItems)};
    if (input.Marker) {
        const auto after = store::key_of(*input.Marker, list);
        if (!after) return invalid_marker();
        wanted.after = *after;
    }
    auto read = TRY(store::load_page<Record>(store, list, wanted, is_shown));
    PageOf<store::Stored<Record>> answer;
    if (read.more) answer.next = store::marker_of(read.items.back().key);
    answer.items = std::move(read.items);
    return answer;
}

// True of what lies below the path that a list is asked for.
template <class Input>
auto below_path(const Input& input) {
    return [prefix = input.PathPrefix.value_or("/")](const auto& record) {
        return record.path.starts_with(prefix);
    };
}

// A page over several lists, one behind the other. Its marker holds the list and the place of the last item.
class ListsPage {
public:
    // A list's letter orders the lists. `place` orders what is in one: a key, or what is its like.
    struct Position {
        char list;
        std::string place;
    };

    // `lists` are the letters of all lists that there are. The input is that of any list of IAM's.
    template <class Input>
    static Result<ListsPage> begin(store::Store& store, std::string_view lists, const Input& input) {
        ListsPage page(store, items_wanted(input.MaxItems));
        if (!input.Marker) return page;
        const std::string after = TRY(gateway::place_of(*input.Marker, marker_error));
        if (after.empty() || lists.find(after.front()) == std::string_view::npos) return invalid_marker();
        page.after_ = {after.front(), after.substr(1)};
        return page;
    }

    // The next list, which lies in the store at the place of `list`.
    template <class Record, class Condition, class Show>
    Result<void> add(const Position& list, const Condition& is_shown, const Show& show) {
        if (more_ || list.list < after_.list) return {};
        store::PageWanted wanted{.items_max = left_};
        if (list.list == after_.list) {
            if (!after_.place.starts_with(list.place)) return invalid_marker();
            wanted.after = after_.place;
        }
        const auto read = TRY(store::load_page<Record>(store_, list.place, wanted, is_shown));
        for (const auto& item : read.items) TRY(show(item.record));
        if (!read.items.empty()) last_ = {list.list, read.items.back().key};
        left_ -= read.items.size();
        more_ = read.more;
        return {};
    }

    // The next item of a list that lies nowhere.
    template <class Show>
    Result<void> add_one(const Position& item, const Show& show) {
        if (more_ || std::tie(item.list, item.place) <= std::tie(after_.list, after_.place)) return {};
        more_ = left_ == 0;
        if (more_) return {};
        TRY(show());
        last_ = item;
        --left_;
        return {};
    }

    std::optional<std::string> next() const {
        return more_ ? std::optional(gateway::marker_of(last_.list + last_.place)) : std::nullopt;
    }

private:
    ListsPage(store::Store& store, std::size_t items_max) : store_(store), left_(items_max) {}

    store::Store& store_;
    std::size_t left_;
    Position after_{};
    Position last_{};
    bool more_ = false;
};

// Fills the members that every paged answer of IAM has.
template <class Answer, class Item>
void put_page(Answer& answer, const PageOf<Item>& page) {
    answer.IsTruncated = page.next.has_value();
    answer.Marker = page.next;
}
template <class Answer>
void put_page(Answer& answer, const ListsPage& page) {
    answer.Marker = page.next();
    answer.IsTruncated = answer.Marker.has_value();
}

}  // namespace countersign::iam
