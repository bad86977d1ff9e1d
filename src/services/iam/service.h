// AWS Identity and Access Management's API over the store.
#pragma once

#include <memory>
#include <string_view>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "gateway/service.h"
#include "services/iam/policy_uses.h"
#include "store/store.h"

namespace countersign::iam {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "iam";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
    std::shared_ptr<PolicyUses> policy_uses = {};  // shared by all operations of a service, which makes it
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::iam
