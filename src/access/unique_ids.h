// Unique ids of users and roles (AIDA…, AROA…), which are never given to another of the same name. A trust
// policy is kept with them in the place of ARNs, and shown with the ARNs of those that are still there.
// Source: IAM User Guide, "AWS JSON policy elements: Principal", "IAM identifiers".
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "model/iam.h"
#include "store/records.h"

namespace countersign::access {

// The id of the user or role that has this ARN, its path included; of a session of a role AROA…:SESSION.
// Nothing when there is none.
Result<std::optional<std::string>> unique_id_of(store::Store& store, const std::string& arn);

// The ARN of who has such an id, which a renaming changes. Nothing when it was deleted.
Result<std::optional<std::string>> arn_of(store::Store& store, const std::string& unique_id);

// What keeps the id of a user or role findable; it goes where the user or role is written under a new name.
store::Write noted_id(const std::string& account, const model::User& user);
store::Write noted_id(const std::string& account, const model::Role& role);
// The same where it is deleted.
store::Write forgotten_id(const std::string& unique_id);

// A policy of this account's as it is kept: with ids in the place of ARNs. Code MalformedPolicyDocument: a
// user or role that is not there.
Result<std::string> with_ids(store::Store& store, const std::string& account, const std::string& policy);

// A policy as it is shown: with ARNs in the place of ids, where there still is one.
Result<std::string> with_arns(store::Store& store, const std::string& policy);

}  // namespace countersign::access
