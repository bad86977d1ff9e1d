// IAM Identity Center for administrators: the instance of an account, permission sets, and who has them
// where. Source: IAM Identity Center API Reference.
#pragma once

#include "crypto/random.h"
#include "gateway/gateway.h"
#include "store/store.h"

namespace countersign::sso_admin {

// The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "sso";
    store::Store& store;
    crypto::Random& random;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::sso_admin
