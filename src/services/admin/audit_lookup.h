// Logins as the audit has kept them, for those who ask about one afterwards.
#pragma once

#include <filesystem>
#include <string>

#include "audit/entry.h"
#include "base/result.h"
#include "login/explanation.h"

namespace countersign::admin {

// The attempt with that id at a database of the account, in the log or one of its full files; an empty
// account: of any. Fault::not_found names the next step.
Result<audit::LoginEntry> find_login(const std::filesystem::path& log, const std::string& account,
                                     const std::string& login_id);

// `revoke` is for hints: login::Facts::revoke.
login::Explanation explain(const audit::LoginEntry& entry, const std::string& revoke = {});

}  // namespace countersign::admin
