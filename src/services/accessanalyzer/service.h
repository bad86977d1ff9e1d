// IAM Access Analyzer's ValidatePolicy: what is wrong with a policy, by the grammar of policies and by the
// databases that the caller's account has here.
#pragma once

#include <functional>
#include <string>

#include "databases/engine.h"
#include "gateway/gateway.h"
#include "store/store.h"

namespace countersign::accessanalyzer {

// The references must outlive the service.
struct Deps {
    store::Store& store;
    databases::Engine* engine = nullptr;  // of this server's databases; none: nobody is asked for users
    // Runs a job of an account that may wait for the account's database, elsewhere; none: the call waits.
    std::function<bool(const std::string& account, std::function<void()> job)> outside = {};
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::accessanalyzer
