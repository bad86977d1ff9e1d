// Amazon RDS's API over this machine's databases. Operations write wishes into the store; databases fulfils
// them.
#pragma once

#include <filesystem>
#include <string_view>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "databases/engine.h"
#include "databases/ports.h"
#include "databases/versions.h"
#include "gateway/service.h"
#include "model/options_without_effect.h"
#include "model/rds_quotas.h"
#include "store/store.h"

namespace countersign::rds {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "rds";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
    databases::Versions versions;
    databases::PortRange ports;
    model::OptionPolicy option_policy = {};
    const databases::Engine* engine = nullptr;  // whose databases' logs are shown; none: none are
    std::filesystem::path error_logs = {};      // where the agent writes iam-db-auth-error
    model::QuotaSettings quotas = {};           // that are other than AWS's
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::rds
