// What a pooler cannot know of a login that came to it: the server behind it is asked, in a session of the
// agent's own. Safe to call from any thread.
#pragma once

#include <functional>
#include <string>

#include "databases/server_view.h"
#include "login/verdict.h"

namespace countersign::agent {

// Whether the user is a member of rds_iam there, as pg_hba.conf's +rds_iam means it: a superuser is one only
// when it was granted. Of a cluster the writer says so, or a reader while that does not answer. Unknown when
// none does. Blocks for at most about four seconds.
login::Membership membership_behind(const databases::ServerView& pooler, const std::string& user);

using AskMembership = std::function<login::Membership(const databases::ServerView&, const std::string&)>;

}  // namespace countersign::agent
