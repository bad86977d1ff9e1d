// Brings a store that an earlier version wrote into the form that model/keys.h describes.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "crypto/random.h"
#include "store/store.h"

namespace countersign::store::migrations {

// Does nothing to a store of today's form or to an empty one. A crash in the middle of it is gone on from at
// the next start.
Result<void> migrate(store::Store& store, crypto::Random& random, Instant now);

// Agents that were enrolled before an agent belonged to accounts: each becomes that of the accounts whose
// servers it answers for, else of the one that the server began with.
Result<void> give_agents_owners(store::Store& store);

}  // namespace countersign::store::migrations
