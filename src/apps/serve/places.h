// Where the agent of this host makes sockets and asks attached servers, as it begins.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/hba_watch.h"
#include "agent/places.h"
#include "client/data_dir.h"
#include "store/store.h"

namespace countersign::apps {

// With what was taken over from before. `socket_dirs` are those of PostgreSQL servers that may be attached.
Result<std::unique_ptr<agent::Places>> begin_places(store::Store& store, const client::DataDir& dir,
                                                    const std::vector<std::string>& socket_dirs,
                                                    agent::HbaWatch& hba_watch, const Log& log);

}  // namespace countersign::apps
