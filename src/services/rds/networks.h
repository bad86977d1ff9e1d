// What databases have to do with EC2's nouns: their security groups, and the subnets of their subnet groups.
// Ids that nobody made here are kept as they are given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "databases/event_log.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/entities.h"
#include "services/rds/service.h"

namespace countersign::rds {

struct AskedNetwork {
    const std::optional<std::vector<std::string>>& groups;  // none: the default one
    const std::string& subnet_group;                        // empty: none
};

// The security groups that a database is to be in.
struct NetworkUse {
    std::vector<std::string> groups;
    Instant made;                      // of the region's network: no new database is older
    GroupUse kept;                     // what keeps those that are here from being deleted meanwhile
    std::vector<std::string> reports;  // about those that are not

    // With an event about each report.
    void join(const Deps& deps, const gateway::Call& call, const databases::EventSource& source,
              store::Transaction& transaction) &&;
};
Result<NetworkUse> use_network(const Deps& deps, const gateway::Call& call, const AskedNetwork& asked);
// The same for a change, which leaves the groups alone where it gives none: then there are none here.
Result<NetworkUse> changed_network(const Deps& deps, const gateway::Call& call, const AskedNetwork& asked);

// Subnets that are here are in one VPC and in two zones; then all of them are here.
Result<void> check_subnets(const Deps& deps, const gateway::Call& call, const std::vector<std::string>& ids);

// The VPC and the zones of those that are here; the default VPC for the default group, which names none.
Result<void> put_subnets(store::Store& store, const gateway::Call& call, api::DBSubnetGroup& answer);

// That a database which is to be reached from everywhere listens on this machine alone.
void report_reach(const Deps& deps, const gateway::Call& call, const model::DBInstance& instance,
                  store::Transaction& transaction);

}  // namespace countersign::rds
