// The condition keys that every login carries, whoever asks about it: the verdict, or a simulation of it.
#pragma once

#include <string>

#include "base/clock.h"
#include "login/verdict.h"
#include "policy/policy.h"

namespace countersign::login {

// `brought` are the keys of the principal; the others are the server's and the time's.
policy::Context connect_context(policy::Context brought, const Server& server, Instant now);

// Adds where the client comes from, where the server's logins carry that; an empty address adds nothing.
void add_network(policy::Context& context, const Server& server, const std::string& source_address);

// What a login of that principal asks of its policies. Without context where none of them looks at it.
policy::Request connect_request(const Principal& principal, const Server& server, const Attempt& attempt,
                                Instant now);

}  // namespace countersign::login
