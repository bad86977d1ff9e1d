// The store: revisions of keys, shaped like etcd's. Keys and values are bytes; a key is at most 1 KiB, a
// value at most 1 MiB. Every commit has a revision of its own, counted up from 1 for the whole store.
// Implementations: sqlite.h (one file, durable on every acknowledged write), memory.h (tests).
// contract_test.cc holds what each of them must do. All calls are safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::store {

using Revision = std::int64_t;

inline constexpr std::size_t operations_max = 128;  // puts and deletes of one transaction
inline constexpr std::size_t key_bytes_max = 1024;
inline constexpr std::size_t value_bytes_max = 1024UL * 1024;

struct Entry {
    std::string key;
    std::string value;
    Revision created = 0;   // the commit that made the key
    Revision modified = 0;  // the commit that wrote this value
};

// The key must have this modification revision when the transaction commits; 0: it must not exist.
struct Guard {
    std::string key;
    Revision modified = 0;
};

// A new value for a key, or its end when there is none.
struct Write {
    std::string key;
    std::optional<std::string> value;
};

struct Transaction {
    std::vector<Guard> guards;
    std::vector<Write> writes;
    std::string id = {};  // names this write, so that it can be found when its answer was lost; may be empty
};

struct Page {
    std::vector<Entry> entries;  // in key order
    Revision revision = 0;  // the state that was read; pass it on to read the next page of the same state
    bool more = false;
};

struct ListOptions {
    std::string after = {};  // only keys greater than this one
    std::size_t entries_max = 1000;
    Revision at = 0;  // 0: the newest state
};

struct Event {
    Revision revision = 0;
    std::string key;
    std::optional<std::string> value;  // none: the key was deleted
};

// Sees every commit under a prefix after a revision, in order, none left out. One thread at a time.
class Watch {
public:
    virtual ~Watch() = default;
    // What has happened since the last call, whole commits only; waits up to `patience` for something to
    // happen (zero: only looks). Fault::compacted: the next revision is gone, so list again and watch from
    // there.
    virtual Result<std::vector<Event>> next(std::chrono::milliseconds patience) = 0;
    // Ends a wait in next() from another thread; it returns what there is.
    virtual void wake() = 0;
};

class Store {
public:
    virtual ~Store() = default;
    virtual Result<std::optional<Entry>> get(std::string_view key) = 0;
    // Fault::compacted: `at` is older than what is kept.
    virtual Result<Page> list(std::string_view prefix, const ListOptions& options) = 0;
    // All writes or none; the revision they got. Fault::conflict: a guard did not hold (nothing was written).
    // Fault::invalid: too many operations, a key twice, too large. A transaction without writes only checks.
    virtual Result<Revision> commit(const Transaction& transaction) = 0;
    // The revision that the transaction with this id got, or nothing if none with it was ever committed.
    virtual Result<std::optional<Revision>> find_commit(std::string_view id) = 0;
    // The newest revision; 0 for a store never written to. Never blocks on writers.
    virtual Revision revision() const = 0;
    virtual std::unique_ptr<Watch> watch(std::string_view prefix, Revision after) = 0;
    // Forgets states before this revision. Current values stay.
    virtual Result<void> compact(Revision before) = 0;
};

// Every entry under a prefix at one revision, page by page.
Result<Page> list_all(Store& store, std::string_view prefix);

}  // namespace countersign::store
