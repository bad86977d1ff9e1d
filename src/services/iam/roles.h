// Roles as other nouns show them.
#pragma once

#include <string>

#include "base/result.h"
#include "generated/iam.h"
#include "model/iam.h"
#include "store/store.h"

namespace countersign::iam {

Result<api::Role> to_api(store::Store& store, const std::string& account, const model::Role& role);
// The answer of what makes a role has neither description nor longest session.
Result<api::Role> created_to_api(store::Store& store, const std::string& account, const model::Role& role);
// Inside an instance profile: neither description nor longest session.
Result<api::Role> in_profile_to_api(store::Store& store, const std::string& account, const model::Role& role);
// Lists leave tags and boundary out.
Result<api::Role> shown_in_list(store::Store& store, const std::string& account, const model::Role& role);

}  // namespace countersign::iam
