// What has to be done in a server so that it is as a document says. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "grants/document.h"

namespace countersign::grants {

struct Membership {
    std::string role;
    std::string member;
    std::string grantor;  // empty where a grant has none of its own: before PostgreSQL 16
    friend bool operator<(const Membership& one, const Membership& other) {
        return std::tie(one.role, one.member, one.grantor) <
               std::tie(other.role, other.member, other.grantor);
    }
};

// A server as it is.
struct Observed {
    struct Role {
        bool login = false;
        bool superuser = false;
    };
    std::string current_user;  // as whom it is looked at and changed
    std::map<std::string, Role> roles;
    std::set<Membership> memberships;
    struct Database {
        std::string owner;
        std::set<std::string> connect;  // roles, or everybody; the owner has the right anyway
    };
    std::map<std::string, Database> databases;
};

struct Change {
    std::string kind;  // createRole, alterRole, revokeRole, grantRole, grantConnect, revokeConnect
    std::string what;  // for a person, with what it was before
    std::string sql;
};

// In the order in which it is done; none: it is so. Fault::conflict for what is never done: a change of a
// superuser or of the role that it is done as, a membership in a role that is not there, a database that is
// not there.
Result<std::vector<Change>> plan(const Document& wanted, const Observed& observed);

// As SQL spells a name.
std::string quoted(std::string_view name);

}  // namespace countersign::grants
