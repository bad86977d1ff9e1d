// Whether the lines of a pg_hba.conf leave members of rds_iam no way in but Countersign's. What PostgreSQL
// says of the file is read over a session; the judgement is pure. Source of facts: PostgreSQL's
// documentation, "The pg_hba.conf File" (the first line that matches decides) and "pg_hba_file_rules" (the
// file as it is now, which is in force from the next reload on).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "databases/session.h"

namespace countersign::databases {

// A row of pg_hba_file_rules, in the order of the file and those that it includes.
struct HbaRule {
    std::string file = "pg_hba.conf";
    unsigned line = 0;
    std::string type;  // local | host | hostssl | hostnossl | hostgssenc | hostnogssenc
    std::vector<std::string> databases;
    std::vector<std::string> users;  // NAME, +ROLE, all, or /REGEX
    std::string address;             // all, an address, or a host's name
    std::string netmask;
    std::string method;
    std::vector<std::string> options;  // NAME=VALUE
    std::string error;                 // PostgreSQL cannot read the line
};

struct HbaFacts {
    std::vector<HbaRule> rules;
    bool has_rds_iam = false;       // the role
    std::set<std::string> members;  // of rds_iam that may log in
    std::set<std::string> roles;    // that any of them is a member of, or is
};

enum class HbaState {
    in_order,   // members are asked for a token, and nothing else lets them in over TCP
    overtaken,  // another line lets them in where Countersign's is not asked
    gone,       // no line asks Countersign
    faulty,     // a line cannot be read: the lines that were in force before stay so until a restart
};

struct HbaFinding {
    HbaState state = HbaState::gone;
    std::string what;  // in words; what the file or the server says in it is printable
};

// Lines for `local` connections, for replication alone, and lines that reject are not taken for a way in.
// What a line says in a way that only PostgreSQL can decide (a regular expression, a host's name) counts as
// matching.
HbaFinding judge_hba(const HbaFacts& facts, std::string_view resource_id);

// The session is a superuser's, or may execute pg_hba_file_rules().
Result<HbaFacts> read_hba(Session& session);

}  // namespace countersign::databases
