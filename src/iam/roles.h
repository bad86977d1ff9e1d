// Roles as other nouns show them.
#pragma once

#include <string>

#include "generated/iam.h"
#include "model/iam.h"

namespace countersign::iam {

api::Role shown(const std::string& account, const model::Role& role);
// Lists leave tags and boundary out.
api::Role shown_in_list(const std::string& account, const model::Role& role);

}  // namespace countersign::iam
