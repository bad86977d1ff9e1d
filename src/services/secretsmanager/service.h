// AWS Secrets Manager, for the secrets that RDS makes: the managed passwords of master users. They are read,
// described, listed and rotated; nobody makes others.
#pragma once

#include <string_view>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "gateway/service.h"
#include "store/store.h"

namespace countersign::secretsmanager {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "secretsmanager";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::secretsmanager
