// How the databases of this server are kept apart: decided and begun before root is given up.
#pragma once

#include <memory>
#include <optional>

#include "apps/drop_privileges.h"
#include "base/log.h"
#include "base/result.h"
#include "cli/serve_options.h"
#include "client/data_dir.h"
#include "databases/isolation/warden.h"

namespace countersign::apps {

struct Isolated {
    databases::isolation::Choice choice;
    std::unique_ptr<databases::isolation::Warden> warden;
};

// Call while this process is root (where it is at all), has one thread and no secret.
Result<Isolated> isolate(const cli::ServeOptions& options, const client::DataDir& dir,
                         const std::optional<RunUser>& user);

// What was chosen, with a warning for what a kernel or a setting leaves open.
void log_isolation(const databases::isolation::Choice& choice, const Log& log);

}  // namespace countersign::apps
