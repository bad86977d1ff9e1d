// Who may become a role: the rules of the document that says so.
#pragma once

#include <string>

#include "base/result.h"
#include "store/store.h"

namespace countersign::iam {

// The document as a role of the account keeps it: users and roles by their unique ids. Refuses with
// MalformedPolicyDocument what is no trust policy or names a principal that an account of this server does
// not have; with LimitExceeded what is too long. Accounts elsewhere are not known and pass.
Result<std::string> bound_trust_policy(store::Store& store, const std::string& account,
                                       const std::string& document);

}  // namespace countersign::iam
