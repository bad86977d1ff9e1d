// The preload in the environment of a server that somebody else starts: on Debian a file of the cluster's
// own, elsewhere the owner's to set. It is in force after a restart.
#pragma once

#include "cli/attach/plan.h"

namespace countersign::cli {

// Notes the files in the state. Fault::conflict says what the owner has to do where this cannot.
Result<void> add_preload(const PlanSite& site, AttachState& state, Changes& changes);

// The environment file without our lines.
std::string without_preload(const std::string& text, const std::string& resource_id);

}  // namespace countersign::cli
