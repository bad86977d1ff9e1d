#include "agent/refusals.h"

#include <fmt/format.h>

#include "base/text.h"
#include "login/verdict.h"

namespace countersign::agent {

namespace {

Refusal failed(login::Check check, std::string reason) {
    return Refusal{std::string(login::name_of(check)), std::move(reason)};
}

// A wrong password. PostgreSQL asks for one where no line for rds_iam matched.
Refusal password_refusal(const databases::RefusedLogin& login, const databases::ServerView& server) {
    const std::string user = printable(login.user);
    if (!server.iam_enabled)
        return failed(
            login::Check::resource,
            fmt::format("IAM database authentication is not enabled for {}: PostgreSQL asked for the "
                        "password of '{}', and what was sent is not it",
                        server.identifier, user));
    return failed(
        login::Check::role,
        fmt::format("'{}' is not a member of rds_iam: PostgreSQL asked for its password, and what was sent "
                    "is not it; for logins by token: GRANT rds_iam TO \"{}\"",
                    user, user));
}

}  // namespace

std::optional<Refusal> refusal_seen_in_log(const databases::RefusedLogin& login,
                                           const databases::ServerView& server) {
    using databases::RefusalCause;
    switch (login.cause) {
        case RefusalCause::no_tls:
            return failed(login::Check::transport,
                          "the connection is not encrypted; use sslmode=verify-full");
        case RefusalCause::password:
            if (login.message == "empty password returned by client")
                return failed(login::Check::token_form, "the password is empty");
            return password_refusal(login, server);
        case RefusalCause::oversized:
            return failed(login::Check::token_form,
                          "what was sent for the password is longer than PostgreSQL reads");
        case RefusalCause::pam_no_service:
            return Refusal{
                "preload",
                "PostgreSQL runs without libcountersign_pam.so, so nothing can judge a token; restart the "
                "database"};
        case RefusalCause::pam_refused:
            if (!login.reason.starts_with("agent: ")) return std::nullopt;
            return Refusal{"agent", login.reason.substr(std::string_view("agent: ").size())};
        case RefusalCause::other:
            return Refusal{"postgresql", login.message};
    }
    return std::nullopt;
}

}  // namespace countersign::agent
