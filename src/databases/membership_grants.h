// By which grants the users of a server came to be members of rds_iam, for people who want to take that back:
// where a role was granted that is itself a member, `REVOKE rds_iam` does nothing.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "databases/session.h"

namespace countersign::databases {

// One grant that makes its member a member of rds_iam.
struct MembershipGrant {
    std::string member;
    std::string role;     // rds_iam, or a role that is a member itself
    std::string grantor;  // where only it can take the grant back; else empty
};

// Whether a grant that allows nothing but to grant on (ADMIN alone, by the bootstrap superuser, which version
// 16 and later give to whoever creates a role) makes a member.
enum class FormalGrants { skip, count };

// The grants to one user. A hundred at most.
Result<std::vector<MembershipGrant>> grants_to(Session& session, const std::string& user,
                                               FormalGrants formal);

// The grants of other roles than rds_iam to users who administer: superusers, who may create roles, members
// of rds_superuser. A hundred at most.
Result<std::vector<MembershipGrant>> detours_of_administrators(Session& session, FormalGrants formal);

}  // namespace countersign::databases
