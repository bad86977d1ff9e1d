// Names that a token may carry: HOST:PORT, the host as tokens have it (an IPv6 address in brackets). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "databases/server_view.h"
#include "model/rds.h"

namespace countersign::databases {

// In lower case; nothing when the text is no HOST:PORT.
std::optional<Endpoint> parse_endpoint(std::string_view text);
std::string text_of(const Endpoint& endpoint);

// The server's endpoint and its aliases, in this order; none twice.
std::vector<Endpoint> endpoints_of(const model::Server& server);

}  // namespace countersign::databases
