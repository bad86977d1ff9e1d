// Seals what is in the store with the newest key of the ring, so that older keys can be dropped.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "store/store.h"

namespace countersign::store::migrations {

struct Resealed {
    std::size_t records = 0;
    std::vector<std::string> damaged;  // the keys of records that nothing opens: they stay as they are
};

// In small transactions, each of which holds by itself: what a crash cut short goes on at the next call.
// Fault:: denied when a record names a key that is not in the ring: the store is none of this ring's. Does
// nothing once it was complete for the newest key.
Result<Resealed> reseal(Store& store, const crypto::SealingKey& sealing, crypto::Random& random);

}  // namespace countersign::store::migrations
