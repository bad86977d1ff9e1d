// Clusters and instances get another identifier. Their server, its endpoint and its resource id stay, and so
// do logins and tokens. Source: RDS API Reference, NewDBInstanceIdentifier and NewDBClusterIdentifier.
#pragma once

#include <optional>
#include <string>

#include "gateway/operation.h"
#include "model/rds.h"
#include "services/rds/service.h"
#include "store/records.h"

namespace countersign::rds {

struct AskedName {
    std::optional<std::string> identifier;
    std::optional<bool> apply_immediately;
};

// The record under its key; with another name under another key, and with it what refers to it: members,
// poolers, event subscriptions. The record's id is the new one then. A name that is taken:
// DBInstanceAlreadyExists, DBClusterAlreadyExistsFault.
Result<store::Transaction> written(const Deps& deps, const gateway::Call& call,
                                   store::Stored<model::DBCluster>& stored, const AskedName& asked);
Result<store::Transaction> written(const Deps& deps, const gateway::Call& call,
                                   store::Stored<model::DBInstance>& stored, const AskedName& asked);

}  // namespace countersign::rds
