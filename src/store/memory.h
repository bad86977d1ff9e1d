// A store that lives as long as the process: for tests and for throw-away servers. Same contract as sqlite.h.
#pragma once

#include <memory>

#include "store/history.h"
#include "store/store.h"

namespace countersign::store {

// Its watches must end before it.
std::unique_ptr<Store> make_memory(const Retention& retention = {});

}  // namespace countersign::store
