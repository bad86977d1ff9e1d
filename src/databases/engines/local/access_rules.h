// The text of pg_hba.conf and pg_ident.conf: who comes in, and how. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::databases::local {

struct AccessFacts {
    int major = 0;  // of PostgreSQL
    bool iam_enabled = false;
    // Roles that PostgreSQL takes for members of rds_iam but that nobody made so: from version 16 on, whoever
    // may grant a role is a member of it in form. They keep their passwords.
    std::vector<std::string> formal_members;
    std::optional<bool> force_ssl = {};  // rds.force_ssl; none: as RDS has it for that major version
    // Who has a password, where a user that is not there is made at its first login: everybody else has to
    // have a token. None: whoever is no member of rds_iam may have a password.
    std::optional<std::vector<std::string>> password_users = {};
    std::vector<std::string> refused = {};  // blocks of addresses from where nobody may connect
    bool followed = false;                  // standbys on this machine copy it
};

// A role's name as pg_hba.conf takes it literally, whatever it holds (no "all", no "+group", no keyword).
// Empty for one that no line can name: with a line end, or too long.
std::string quoted_role(std::string_view name);

std::string pg_hba(const AccessFacts& facts);
std::string pg_ident(std::string_view operating_system_user);

}  // namespace countersign::databases::local
