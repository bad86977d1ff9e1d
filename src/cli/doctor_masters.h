// Whether the password of a database's master user still counts.
#pragma once

#include "attach/checklist.h"
#include "client/api_client.h"

namespace countersign::cli {

// A warning for every database of the target's region whose master user became a member of rds_iam through
// another role.
void check_masters(const client::ApiTarget& target, attach::Checklist& list);

}  // namespace countersign::cli
