// Read replicas of instances of their own: create, promote; and what becomes of them with their source.
// Source: RDS User Guide, "Working with DB instance read replicas".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds.h"
#include "services/rds/service.h"
#include "store/records.h"

namespace countersign::rds {

std::vector<std::string> created_replica(const gateway::Call& call,
                                         const api::CreateDBInstanceReadReplicaMessage& input);
Result<api::CreateDBInstanceReadReplicaResult> create_replica(
    const Deps& deps, const gateway::Call& call, const api::CreateDBInstanceReadReplicaMessage& input);
Result<api::PromoteReadReplicaResult> promote_replica(const Deps& deps, const gateway::Call& call,
                                                      const api::PromoteReadReplicaMessage& input);

// What a replica cannot be asked for while it is one: InvalidParameterCombination.
Result<void> refuse_of_replica(const model::DBInstance& instance, const api::ModifyDBInstanceMessage& input);
// InvalidDBInstanceState where there are some; `before` says what they hinder: the upgrade.
Result<void> check_has_no_replicas(store::Store& store, const model::DBInstance& instance,
                                   std::string_view before);
// Neither a replica nor its source lies still.
Result<void> check_stops_alone(store::Store& store, const model::DBInstance& instance);

// The source as it is while a replica of it is made, with a password for replication that is new with the
// first one. Whatever changes it in between, its deletion above all, loses its race.
Result<void> join_source(const Deps& deps, const gateway::Call& call, const model::DBInstance& source,
                         store::Transaction& creation);
// With the source its replicas become databases of their own. InvalidDBInstanceState: one has no data yet.
Result<void> detach_replicas(const Deps& deps, const model::DBInstance& source, store::Transaction& deletion);

// Whom it follows, and who follows it, by their identifiers.
Result<void> put_replication(store::Store& store, const model::DBInstance& instance, api::DBInstance& answer);

extern const gateway::Supported create_replica_parameters;

}  // namespace countersign::rds
