#include "databases/engines/local/access_rules.h"

#include <fmt/format.h>

#include "model/server_parameters.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t role_bytes_max = 63;  // NAMEDATALEN - 1
constexpr std::size_t lines_max = 1000;

std::string password_lines(const std::vector<std::string>& roles, std::string_view connection) {
    std::string text;
    std::size_t lines = 0;
    for (const std::string& role : roles) {
        const std::string quoted = quoted_role(role);
        if (!quoted.empty() && ++lines <= lines_max)
            text += fmt::format("{}   all   {}  all   scram-sha-256\n", connection, quoted);
    }
    return text;
}

}  // namespace

// Quotes take away every special meaning but that of a leading "/" (a pattern, from 16 on). The other marks
// are left out with it: a role with such a name gets no line of its own, and so needs a token.
std::string quoted_role(std::string_view name) {
    if (name.empty() || name.size() > role_bytes_max) return {};
    if (name.find_first_of("+@/") == 0 || name.find_first_of("\n\r") != std::string_view::npos) return {};
    std::string quoted = "\"";
    for (const char letter : name) {
        if (letter == '"') quoted += '"';
        quoted += letter;
    }
    return quoted + '"';
}

std::string pg_hba(const AccessFacts& facts) {
    std::string text =
        "# Written by Countersign; changes are lost. The first line that matches decides.\n"
        "local     all   rdsadmin          peer map=rdsadmin\n"
        "local     replication  rdsadmin   peer map=rdsadmin\n";
    if (facts.followed)
        for (const char* from : {"samehost", "127.0.0.0/8"})
            text += fmt::format("hostssl   replication  rdsadmin   {}  scram-sha-256\n", from);
    for (const std::string& block : facts.refused)
        text += fmt::format("host      all   all   {}  reject\n", block);
    text +=
        "host      rdsadmin  all    all    reject\n"
        "host      all   rdsadmin   all    reject\n";  // its password is for replication alone
    const bool plain_allowed =
        !facts.force_ssl.value_or(facts.major >= static_cast<int>(model::force_ssl_from));
    if (facts.iam_enabled) {
        text += password_lines(facts.formal_members, "hostssl");
        text +=
            "hostnossl all   +rds_iam    all   reject\n"
            "hostssl   all   +rds_iam    all   pam pamservice=countersign\n";
    }
    if (facts.iam_enabled && facts.password_users) {
        text += password_lines(*facts.password_users, plain_allowed ? "host   " : "hostssl");
        return text + "hostssl   all   all         all   pam pamservice=countersign\n";
    }
    text += "hostssl   all   all         all   scram-sha-256\n";
    if (plain_allowed) text += "host      all   all         all   scram-sha-256\n";
    return text;
}

std::string pg_ident(std::string_view operating_system_user) {
    return fmt::format("rdsadmin  \"{}\"  rdsadmin\n", operating_system_user);
}

}  // namespace countersign::databases::local
