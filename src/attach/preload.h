// The preload in the environment of a server that somebody else starts: on Debian a file of the cluster's
// own, elsewhere the owner's to set. It is in force after a restart.
#pragma once

#include <string_view>

#include "attach/plan.h"

namespace countersign::attach {

// The code of the error when the owner has to set the environment and restart the server. The registration
// must stay: the socket in that environment is named after it.
inline constexpr std::string_view owner_must_restart = "OwnerMustRestart";

// Notes the files in the state.
Result<void> add_preload(const PlanSite& site, AttachState& state, Changes& changes);

// The environment file without our lines.
std::string without_preload(const std::string& text, const std::string& resource_id);

}  // namespace countersign::attach
