// What every store of revisions shares: which transactions are acceptable, how much of the past is kept, and
// the range of keys that a prefix means. Pure.
#pragma once

#include <string>
#include <string_view>

#include "store/store.h"

namespace countersign::store {

inline constexpr std::size_t page_entries_max = 1000;  // a longer page is cut, and says that there is more

// How much of the past outlives the automatic compaction. A reader that is further behind lists again.
struct Retention {
    Revision revisions = 10'000;    // newest states that can be read and watched
    Revision interval = 1'000;      // commits between two compactions
    Revision commit_ids = 100'000;  // newest commits that find_commit() knows
};

// The keys k with first <= k < end, as bytes.
struct KeyRange {
    std::string first;
    std::string end;

    bool contains(std::string_view key) const { return first <= key && key < end; }
};

// The keys under a prefix that are greater than `after`. Its end is greater than any key, if need be.
KeyRange range_of(std::string_view prefix, std::string_view after = {});

// Fault::invalid where a transaction breaks a limit of store.h, names a key twice or not at all.
Result<void> check(const Transaction& transaction);

// The entries of one page, at least one and at most page_entries_max.
std::size_t page_size(const ListOptions& options);

// What the calls answer for a revision out of [compacted, newest].
Result<void> check_readable(Revision at, Revision compacted, Revision newest);
Result<void> check_compactable(Revision before, Revision newest);

Error race_lost();
Error commit_id_used();

}  // namespace countersign::store
