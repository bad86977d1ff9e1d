// The statuses of DB clusters and DB instances, as DescribeDBClusters and DescribeDBInstances show them.
// Source: Amazon RDS User Guide, "Viewing Amazon RDS DB instance status"; Amazon Aurora User Guide, "Viewing
// DB cluster status".
#pragma once

#include <string_view>

namespace countersign::model {

enum class DatabaseStatus {
    creating,
    available,
    configuring_iam_database_auth,
    modifying,
    resetting_master_credentials,
    starting,
    stopping,
    stopped,
    rebooting,
    upgrading,
    failing_over,
    deleting,
    failed,
};

// As AWS spells it, and as it lies in the store.
std::string_view text_of(DatabaseStatus status);

// False when `text` is no status; `into` is then left as it was.
bool from_text(std::string_view text, DatabaseStatus& into);

}  // namespace countersign::model
