// AWS Identity and Access Management's API over the store.
#pragma once

#include <string_view>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "gateway/service.h"
#include "store/store.h"

namespace countersign::iam {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "iam";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::iam
