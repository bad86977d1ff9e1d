// One record written where none is.
#pragma once

#include <string>

#include "base/result.h"
#include "store/records.h"

namespace countersign::iam {

// `taken` when there is one under the key. What `more` guards and writes goes with it; where that lost a
// race, lost_race is handed on.
template <class Record>
Result<void> create_record(store::Store& store, const std::string& key, const Record& record,
                           const Error& taken, store::Transaction more = {}) {
    if (TRY(store.get(key))) return taken;
    more.guards.push_back(store::absent(key));
    more.writes.push_back(store::put(key, record));
    TRY(store.commit(more));
    return {};
}

}  // namespace countersign::iam
