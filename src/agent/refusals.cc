#include "agent/refusals.h"

#include "base/text.h"

namespace countersign::agent {

using login::Refusal;
using login::RefusalCode;

namespace {

// A wrong password. PostgreSQL asks for one where no line for rds_iam matched.
Refusal password_refusal(const databases::RefusedLogin& login, const databases::ServerView& server) {
    return login::refuse(
        server.iam_enabled ? RefusalCode::not_member_password : RefusalCode::iam_off_password,
        fmt::arg("database", server.identifier), fmt::arg("user", printable(login.user)));
}

}  // namespace

std::optional<Refusal> refusal_seen_in_log(const databases::RefusedLogin& login,
                                           const databases::ServerView& server) {
    using databases::RefusalCause;
    switch (login.cause) {
        case RefusalCause::no_tls:
            return login::refuse(RefusalCode::transport_rejected);
        case RefusalCause::password:
            if (login.message == "empty password returned by client")
                return login::refuse(RefusalCode::token_empty);
            return password_refusal(login, server);
        case RefusalCause::oversized:
            return login::refuse(RefusalCode::password_too_long);
        case RefusalCause::pam_no_service:
            return login::refuse(RefusalCode::preload_missing);
        case RefusalCause::pam_refused:
            if (!login.reason.starts_with("agent: ")) return std::nullopt;
            return login::refuse(RefusalCode::agent_failed,
                                 fmt::arg("reason", login.reason.substr(std::string_view("agent: ").size())));
        case RefusalCause::network:
            return login::refuse(RefusalCode::network_not_admitted,
                                 fmt::arg("address", printable(login.host)));
        case RefusalCause::other:
            return login::refuse(RefusalCode::postgresql_refused, fmt::arg("reason", login.message));
    }
    return std::nullopt;
}

}  // namespace countersign::agent
