// Typed records over the store: a described struct (formats/record.h) under a key, with its revision for
// compare-and-set.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/record.h"
#include "store/store.h"

namespace countersign::store {

template <class T>
struct Stored {
    T record;
    std::string key;
    Revision modified = 0;

    Guard unchanged() const { return Guard{key, modified}; }
};

inline Guard absent(std::string key) {
    return Guard{std::move(key), 0};
}

template <class T>
Write put(std::string key, const T& record) {
    return Write{std::move(key), formats::to_record(record)};
}
inline Write erase(std::string key) {
    return Write{std::move(key), std::nullopt};
}

template <class T>
Result<std::optional<Stored<T>>> load(Store& store, const std::string& key) {
    std::optional<Entry> entry = TRY(store.get(key));
    if (!entry) return std::optional<Stored<T>>();
    T record = TRY(formats::from_record<T>(entry->value));
    return std::optional(Stored<T>{std::move(record), key, entry->modified});
}

template <class T>
Result<std::vector<Stored<T>>> load_all(Store& store, std::string_view prefix) {
    const Page page = TRY(list_all(store, prefix));
    std::vector<Stored<T>> all;
    for (const Entry& entry : page.entries) {
        T record = TRY(formats::from_record<T>(entry.value));
        all.push_back(Stored<T>{std::move(record), entry.key, entry.modified});
    }
    return all;
}

// The same without what is no such record.
template <class T>
Result<std::vector<Stored<T>>> load_readable(Store& store, std::string_view prefix) {
    const Page page = TRY(list_all(store, prefix));
    std::vector<Stored<T>> all;
    for (const Entry& entry : page.entries)
        if (Result<T> record = formats::from_record<T>(entry.value))
            all.push_back(Stored<T>{*std::move(record), entry.key, entry.modified});
    return all;
}

// Tries a read-check-write again while another writer wins the race; `attempt` returns Fault::conflict with
// the code below then. Gives up with Fault::throttled.
inline constexpr std::string_view lost_race = "LostRace";
inline constexpr int race_attempts_max = 50;

template <class Attempt>
auto retry_races(Attempt attempt) -> decltype(attempt()) {
    for (int i = 1; i < race_attempts_max; ++i) {
        auto result = attempt();
        if (result || result.error().code != lost_race) return result;
    }
    return Error{Fault::throttled, "Rate exceeded", "Throttling"};
}

}  // namespace countersign::store
