// RDS's pages: at most MaxRecords (100 where it is not given) of a list in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/paging.h"
#include "services/rds/validation.h"
#include "store/paging.h"

namespace countersign::rds {

using gateway::PageOf;

template <class Input>
Result<std::size_t> items_wanted(const Input& input) {
    constexpr Range records{20, 100};
    TRY(check_range("MaxRecords", input.MaxRecords, records));
    return static_cast<std::size_t>(input.MaxRecords.value_or(records.last));
}
inline Error invalid_marker() {
    return invalid_value("Invalid Marker.");
}

// `place` gives the text by which the items are ordered. The input is that of any Describe operation.
template <class Item, class Place, class Input>
Result<PageOf<Item>> page(std::vector<Item> items, Place place, const Input& input) {
    const std::size_t most = TRY(items_wanted(input));
    return gateway::page_of(std::move(items), place, {input.Marker, most, "InvalidParameterValue"});
}

// The page of a list that is asked for one item.
template <class Record, class Condition>
PageOf<Record> only_if(const Condition& is_shown, Record record) {
    PageOf<Record> answer;
    if (is_shown(record)) answer.items.push_back(std::move(record));
    return answer;
}

// A list that lies in the store; of a list in the order of time, the part of a period.
struct StoredList {
    std::string place;
    std::string after = {};  // only keys greater than this one
    std::string until = {};  // only keys less than this one; empty: to the end of the list
};

// A page of such a list: of its records those that `is_shown` is true of.
template <class Record, class Input, class Condition>
Result<PageOf<Record>> stored_page(store::Store& store, const StoredList& list, const Input& input,
                                   const Condition& is_shown) {
    store::PageWanted wanted{.after = list.after, .until = list.until};
    wanted.items_max = TRY(items_wanted(input));
    if (input.Marker) {
        const auto after = store::key_of(*input.Marker, list.place);
        if (!after) return invalid_marker();
        wanted.after = std::max(wanted.after, *after);
    }
    auto read = TRY(store::load_page<Record>(store, list.place, wanted, is_shown));
    PageOf<Record> answer;
    if (read.more) answer.next = store::marker_of(read.items.back().key);
    for (store::Stored<Record>& stored : read.items) answer.items.push_back(std::move(stored.record));
    return answer;
}

}  // namespace countersign::rds
