// Conformance cases as JSON lines, judged by the product itself: `countersign token verify` and `countersign
// policy eval` read one case a line and print one answer a line.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace countersign::cli {

// A token with the key, database and time it is to be judged by:
//   {"id", "token" | "token_b64", "access_key_id", "secret_access_key", "session_token", "region", "host",
//   "port",
//    "db_user", "now"} → {"id", "valid", "check", "reason"}
// The policy allows, and the connection is taken to be encrypted, so that only the token decides.
std::string verify_token_line(std::string_view line);

// Applies a judge to every line of the input and tells its answers; blank lines are passed over.
void judge_lines(std::istream& in, std::string (*judge)(std::string_view),
                 const std::function<void(const std::string&)>& emit);

}  // namespace countersign::cli
