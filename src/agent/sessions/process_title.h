// What a PostgreSQL backend says of itself in its process title while it authenticates:
// "postgres: [CLUSTER: ]USER DATABASE HOST(PORT) authentication". User and database are the client's own
// words, so this is for the audit only and decides nothing.
#pragma once

#include <string>
#include <string_view>

namespace countersign::agent {

// The database in that title, given the user; empty when the title does not have this form.
std::string database_in_title(std::string_view title, std::string_view user);

// The title of a process of ours; empty when it cannot be read.
std::string title_of(int pid);

}  // namespace countersign::agent
