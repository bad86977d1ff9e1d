// What to do about a login that was refused. Pure.
#pragma once

#include <string>
#include <string_view>

#include "login/refusal.h"

namespace countersign::login {

// What is known of one login, by the judge or by the audit. An empty text is not known.
struct Facts {
    std::string user;           // of the database
    std::string database;       // identifier of the cluster or instance
    std::string resource_id;    // cluster-… or db-…
    std::string region;         // of the database
    std::string access_key_id;  // as the token names it
    std::string principal_arn;  // once the signature was right
    std::string signed_for;     // HOST:PORT that the token carries
    std::string endpoints;      // HOST:PORT, HOST:PORT, … that it may carry
    std::string revoke = {};    // SQL that ends the user's membership in rds_iam
};

// One sentence. Refusals by policy have a more exact one in their trail.
std::string hint_for(RefusalCode code, const Facts& facts);

// As SQL spells a role's name.
std::string role_name(const std::string& user);

// SQL that takes back the grant of a role. `grantor` may be empty.
std::string revoke_statement(const std::string& role, const std::string& member, const std::string& grantor);

}  // namespace countersign::login
