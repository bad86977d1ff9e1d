// The lines that Countersign keeps in a pg_hba.conf that somebody else owns: where they go, and the file
// without them again. Pure. Source of facts: PostgreSQL's documentation, "The pg_hba.conf File"; the first
// line that matches decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::attach {

struct HbaBlock {
    std::string name;                         // of the DB instance
    std::string resource_id;                  // in the markers
    std::string service;                      // of PAM
    std::vector<std::string> on_demand = {};  // databases whose users are made at their first login
};

std::string block_text(const HbaBlock& block);
// Of a second one, for users who are not there yet: whoever comes to those databases over TLS, and whom no
// line before it names, needs a token. Empty without databases.
std::string on_demand_text(const HbaBlock& block);

// The file with the block before the first line that could admit a member of rds_iam over TCP: lines for
// `local` connections and lines that reject stay in front of it. The second one goes before the first line
// that is for all users: lines that name their users stay in front of it. Blocks of the same resource are
// replaced.
// Fault::conflict when the markers are not as they were written, or belong to another server.
Result<std::string> with_block(std::string_view text, const HbaBlock& block);

// Every other byte stays as it is.
Result<std::string> without_block(std::string_view text, std::string_view resource_id);

bool has_block(std::string_view text, std::string_view resource_id);

}  // namespace countersign::attach
