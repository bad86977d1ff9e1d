// Instance profiles as other nouns show them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "generated/iam.h"
#include "model/iam.h"
#include "store/records.h"

namespace countersign::iam {

// Without its role and tags.
api::InstanceProfile shown_in_list(const std::string& account, const model::InstanceProfile& profile);
// With the role it holds; without tags, as lists show it.
Result<api::InstanceProfile> shown_in_list(store::Store& store, const std::string& account,
                                           const model::InstanceProfile& profile, const model::Role& role);

// Those that hold this role.
Result<std::vector<store::Stored<model::InstanceProfile>>> profiles_of(store::Store& store,
                                                                       const std::string& account,
                                                                       const std::string& role);

}  // namespace countersign::iam
