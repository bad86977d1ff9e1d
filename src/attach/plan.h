// Which changes a host still needs so that one server takes tokens. Reads files; changes none.
#pragma once

#include <filesystem>
#include <string>

#include "attach/changes.h"
#include "attach/registration.h"
#include "attach/state.h"
#include "attach/survey.h"

namespace countersign::attach {

struct PlanWords {
    std::string fast;  // preload | other | nothing: PAM as it is installed
    bool restart = false;
    std::filesystem::path module_directory;
};

struct PlanSite {
    const ServerAddress& address;
    const Survey& server;
    const Registration& registered;
    const StateDir& states;
    const PlanWords& words;
};

// `state` is what an earlier run left, or new; the changes write it before anything else.
Result<Changes> plan(const PlanSite& site, AttachState state);

}  // namespace countersign::attach
