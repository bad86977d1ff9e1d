#include "login/mend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "login/token_fault.h"

namespace countersign::login {

namespace {

// The mend of a check whose reason holds these words; the first row that fits. What is in braces stands for
// the facts of the login.
struct Mend {
    std::string_view check;
    std::string_view words;
    std::string_view text;
};
constexpr std::array<Mend, 27> mends{{
    {"transport", "did not say",
     "restart the database, so that its PostgreSQL loads the libcountersign_pam.so of this version"},
    {"transport", "", "connect with TLS: sslmode=verify-full sslrootcert=global-bundle.pem"},
    {"resource", "", "aws rds {modify} {database} --enable-iam-database-authentication --apply-immediately"},
    {"token.user", "",
     "make the token with --username {user}, spelled as the database role is: case counts; or connect as the "
     "user that it is for"},
    {"token.endpoint", "",
     "sign for {endpoints}, even where you dial another name or a tunnel; or declare the name with "
     "`countersign alias add {database} {signed_for}`"},
    {"token.region", "", "sign for the region of the database: --region {region}"},
    {"token.time", "in the future",
     "set the clock of the machine that makes the token: it is more than 5 minutes ahead of this one"},
    {"token.time", "",
     "make a new token for each connection: tokens live 15 minutes; if it was new, set the clocks"},
    {"throttle", "",
     "use one token for several connections, or a pool of connections; or run the server without "
     "--aws-throttle"},
    {"key", "is inactive",
     "make {key} active again with `aws iam update-access-key --status Active`, or sign with another key"},
    {"key", "expired",
     "get new credentials (sts assume-role, sso login, …) and make a new token with them: the token ends "
     "with its session"},
    {"key", "no pair",
     "make the token with the access key, the secret and the whole session token of one and the same "
     "session; "
     "if its role or user is gone, with another"},
    {"key", "not known",
     "sign with an access key of this system (`aws iam create-access-key`; look at AWS_PROFILE and "
     "AWS_ACCESS_KEY_ID): {key} is none"},
    {"key", "is gone", "sign with the access key of a principal that exists"},
    {"key", "", "see that the agent reaches its control plane, and log in again"},
    {"signature", "another date or region", "make a new token"},
    {"signature", "UNSIGNED-PAYLOAD",
     "sign the hash of an empty body instead of UNSIGNED-PAYLOAD: use the SDK's own function for database "
     "tokens"},
    {"signature", "without its port", "sign for HOST:PORT: the host header must have the port"},
    {"signature", "session token",
     "make the token with the access key, the secret and the whole session token of one and the same "
     "session"},
    {"signature", "",
     "make the token with the secret that belongs to {key} (a changed profile, a blank at the secret's end), "
     "and send it unchanged"},
    {"role", "did not say",
     "restart the database, so that its PostgreSQL loads the libcountersign_pam.so of this version"},
    {"role", "", "GRANT rds_iam TO {role}"},
    {"policy", "", "ask `countersign explain --principal {principal} --database {database} --user {user}`"},
    {"token.replay", "", "make a new token for each login: this one was good for one"},
    {"agent", "", "see that Countersign runs on the database's host and answers there"},
    {"preload", "", "let Countersign start this PostgreSQL: stop it, and it comes back by itself"},
    {"", "", "read PostgreSQL's own log: it refused before anything of the token was asked"},
}};

bool is_plain_name(std::string_view name) {
    return !name.empty() && (name.front() < '0' || name.front() > '9') &&
           std::ranges::all_of(
               name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string known(const std::string& fact, std::string_view otherwise) {
    return fact.empty() ? std::string(otherwise) : printable(fact);
}

}  // namespace

std::string role_name(const std::string& user) {
    if (is_plain_name(user)) return user;
    std::string quoted;
    for (const char c : user) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return '"' + printable(quoted) + '"';
}

std::string mend_of(std::string_view check, std::string_view reason, const Facts& facts) {
    if (check == "token.form") return std::string(mend_of_form(reason));
    const auto row = std::ranges::find_if(mends, [&](const Mend& mend) {
        return (mend.check == check || mend.check.empty()) && reason.find(mend.words) != reason.npos;
    });
    const bool cluster = facts.resource_id.starts_with("cluster-");
    return fmt::format(fmt::runtime(row->text), fmt::arg("user", known(facts.user, "USER")),
                       fmt::arg("role", role_name(facts.user)),
                       fmt::arg("region", known(facts.region, "REGION")),
                       fmt::arg("database", known(facts.database, "DATABASE")),
                       fmt::arg("modify", cluster ? "modify-db-cluster --db-cluster-identifier"
                                                  : "modify-db-instance --db-instance-identifier"),
                       fmt::arg("key", known(facts.access_key_id, "the key")),
                       fmt::arg("principal", known(facts.principal_arn, "ARN")),
                       fmt::arg("signed_for", known(facts.signed_for, "HOST:PORT")),
                       fmt::arg("endpoints", known(facts.endpoints, "the endpoint of the database")));
}

}  // namespace countersign::login
