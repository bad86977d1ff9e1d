// The account itself, as operations find it.
#pragma once

#include <string>

#include "base/result.h"
#include "model/iam.h"
#include "store/records.h"

namespace countersign::iam {

// The record of an account; `id` says which (finders of change.h take the caller's account first).
Result<store::Stored<model::Account>> find_account(store::Store& store, const std::string& account,
                                                   const std::string& id);

}  // namespace countersign::iam
