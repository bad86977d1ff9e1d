// Where a server listens that was started: it may be another place than its records say by now.
#pragma once

#include <optional>

#include "base/result.h"
#include "databases/engines/local/server_home.h"
#include "model/rds.h"

namespace countersign::databases::local {

Result<void> note_place(const ServerHome& home, const model::Place& place);
std::optional<model::Place> place_in(const ServerHome& home);  // none: it was never noted

}  // namespace countersign::databases::local
