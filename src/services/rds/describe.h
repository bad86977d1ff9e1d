// RDS's nouns as answers show them: every member that callers and their tools read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds.h"
#include "model/server_parameters.h"
#include "store/store.h"

namespace countersign::rds {

// The one certificate authority there is.
inline constexpr std::string_view authority_id = "countersign-ca";

using model::family_of;

std::vector<std::string> zones_of(const std::string& region);

api::DBCluster to_api(const gateway::Call& call, const model::DBCluster& cluster,
                      const std::vector<model::DBInstance>& members);
api::DBSubnetGroup to_api(const gateway::Call& call, const model::DBSubnetGroup& group);

// What an instance is shown by: itself, the server it runs on and the group it is in.
struct InstanceParts {
    model::DBInstance instance;
    model::Server server;
    model::DBSubnetGroup group;
};
api::DBInstance to_api(const gateway::Call& call, const InstanceParts& parts);

// The records that belong to the answer are looked up first.
Result<api::DBCluster> describe(store::Store& store, const gateway::Call& call,
                                const model::DBCluster& cluster);
Result<api::DBInstance> describe(store::Store& store, const gateway::Call& call,
                                 const model::DBInstance& instance);
Result<api::DBSubnetGroup> describe(store::Store& store, const gateway::Call& call,
                                    const model::DBSubnetGroup& group);

}  // namespace countersign::rds
