// Identity Store: the people and groups of an instance of IAM Identity Center, for administrators and for
// what provisions them. Source: Identity Store API Reference.
#pragma once

#include "crypto/random.h"
#include "gateway/gateway.h"
#include "store/store.h"

namespace countersign::identitystore {

// The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "identitystore";
    store::Store& store;
    crypto::Random& random;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::identitystore
