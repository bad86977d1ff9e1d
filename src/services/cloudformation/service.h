// CloudFormation: stacks of resources, made of templates. The operations write what is desired;
// engine/worker.h does it, with calls through the dispatcher as whoever asked.
#pragma once

#include <string_view>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "gateway/service.h"
#include "store/store.h"

namespace countersign::cloudformation {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "cloudformation";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::cloudformation
