// The lines that Countersign keeps in a pg_hba.conf that somebody else owns: where they go, and the file
// without them again. Pure. Source of facts: PostgreSQL's documentation, "The pg_hba.conf File"; the first
// line that matches decides.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::attach {

struct HbaBlock {
    std::string name;         // of the DB instance
    std::string resource_id;  // in the markers
    std::string service;      // of PAM
};

std::string block_text(const HbaBlock& block);

// The file with the block before the first line that could admit a member of rds_iam over TCP: lines for
// `local` connections and lines that reject stay in front of it. A block of the same resource is replaced.
// Fault::conflict when the markers are not as they were written, or belong to another server.
Result<std::string> with_block(std::string_view text, const HbaBlock& block);

// Every other byte stays as it is.
Result<std::string> without_block(std::string_view text, std::string_view resource_id);

bool has_block(std::string_view text, std::string_view resource_id);

}  // namespace countersign::attach
