// Who is to be in a PostgreSQL server, member of what, and who may connect, as a file says it:
//
//     {"users":     {"jane": {"memberOf": ["rds_iam", "readers"]}},
//      "groups":    {"readers": {"memberOf": []}},
//      "databases": {"orders": {"connect": ["readers"]}},
//      "retired":   ["bob"]}
//
// What is named is to be exactly so; what is not named is left alone, and so are the memberships of a role
// without "memberOf". A value.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::grants {

// PUBLIC of "connect". Empty, since a role may be called "PUBLIC", too.
inline constexpr std::string_view everybody;

struct WantedRole {
    bool login = false;                                   // of "users"; "groups" have none
    std::optional<std::set<std::string>> member_of = {};  // none: left alone
};

struct Document {
    std::map<std::string, WantedRole> roles;
    std::map<std::string, std::set<std::string>> connect;  // by database: roles, or everybody
    std::set<std::string> retired;                         // without LOGIN and out of rds_iam
};

// Whether a role is one that nobody is made a member of by a file, by itself or through another: rdsadmin,
// rds_superuser, and those of PostgreSQL's own that reach the machine.
bool is_beyond_a_file(std::string_view role);

// Fault::invalid names what is wrong: no JSON, members that are not known, a role in two places, a name that
// PostgreSQL cannot have, or a role that nobody is made a member of by a file (rdsadmin, rds_superuser, and
// those of PostgreSQL's own that reach the machine).
Result<Document> parse_document(std::string_view json);

}  // namespace countersign::grants
