// AWS Security Token Service's API: who calls, and temporary credentials. They are sealed into their own
// tokens; nothing is stored.
#pragma once

#include <string_view>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "federation/provider_keys.h"
#include "gateway/service.h"
#include "store/store.h"

namespace countersign::sts {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "sts";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
    federation::ProviderKeys& provider_keys;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::sts
