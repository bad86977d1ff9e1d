// Backup and maintenance windows as RDS takes them, with its own error texts. Pure. Source: RDS API
// Reference, CreateDBInstance.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace countersign::rds {

struct Windows {
    std::string backup;       // hh:mm-hh:mm, every day
    std::string maintenance;  // ddd:hh:mm-ddd:hh:mm, in lower case
};

using GivenWindow = std::optional<std::string>;

// Those of something new: where one is not given, one that does not overlap with the other.
Result<Windows> new_windows(const GivenWindow& backup, const GivenWindow& maintenance);

// Those that are given in the place of those there are.
Result<Windows> changed_windows(const Windows& present, const GivenWindow& backup,
                                const GivenWindow& maintenance);

// The maintenance window of a member of a cluster, whose backup window is the cluster's.
Result<std::string> member_window(const GivenWindow& maintenance);

}  // namespace countersign::rds
