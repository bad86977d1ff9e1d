// Which changes a host still needs so that one server takes tokens. Reads files; changes none.
#pragma once

#include <filesystem>
#include <string>

#include "attach/changes.h"
#include "attach/hba.h"
#include "attach/hba_manager.h"
#include "attach/on_demand.h"
#include "attach/registration.h"
#include "attach/state.h"
#include "attach/survey.h"

namespace countersign::attach {

struct PlanWords {
    std::string fast;  // preload | other | nothing: PAM as it is installed
    bool restart = false;
    bool print = false;  // pg_hba.conf is taken for somebody else's
    std::filesystem::path module_directory;
    OnDemandWords on_demand = {};
};

struct PlanSite {
    const ServerAddress& address;
    const Survey& server;
    const Registration& registered;
    const StateDir& states;
    const PlanWords& words;
    const HbaManager* manager = nullptr;  // of pg_hba.conf; none: its owner alone writes it
};

// Whether pg_hba.conf stays as it is: somebody else writes it, or the lines that are needed stand in it
// already, put there by somebody else.
bool leaves_rules(const PlanSite& site);

// The lines that are needed in it; users on demand are wished in these databases.
HbaBlock block_of(const PlanSite& site, const std::vector<std::string>& on_demand);

// `state` is what an earlier run left, or new; the changes write it before anything else.
Result<Changes> plan(const PlanSite& site, AttachState state);

}  // namespace countersign::attach
