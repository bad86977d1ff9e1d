#include "databases/engines/local/refusals.h"

#include <algorithm>

#include "base/text.h"
#include "databases/engines/local/log_time.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t said_max = 4096;  // logins under way at once; each is forgotten with its refusal
constexpr std::string_view pam_says = "error from underlying PAM layer: ";
constexpr std::string_view ours = "countersign: ";

// What a backend shows as its command before it takes its client's first one; a statement shows its own.
// Roles are looked up, and refused, after the password has been found right.
bool is_login(std::string_view command) {
    return command == "authentication" || command == "startup";
}

void set_client(RefusedLogin& login, std::string_view client) {
    const std::size_t colon = client.rfind(':');
    login.host = client.substr(0, colon);
    if (colon != std::string_view::npos)
        login.port = parse_number<std::uint16_t>(client.substr(colon + 1)).value_or(0);
}

RefusalCause cause_of(std::string_view state, std::string_view message) {
    if (message.starts_with("pg_hba.conf rejects ") || message.starts_with("no pg_hba.conf entry "))
        return message.ends_with("no encryption") ? RefusalCause::no_tls : RefusalCause::other;
    if (state == "28P01") return RefusalCause::password;
    if (message.starts_with("PAM authentication failed")) return RefusalCause::pam_no_service;
    return RefusalCause::other;
}

}  // namespace

void judge_place(RefusedLogin& login, const std::vector<policy::Network>& refused) {
    if (!login.message.starts_with("pg_hba.conf rejects ")) return;
    const std::string host = login.host.substr(0, login.host.find('%'));  // fe80::1%eth0
    const auto address = policy::parse_network(host);
    if (address && std::ranges::any_of(refused, [&](const policy::Network& block) {
            return policy::contains(block, *address);
        }))
        login.cause = RefusalCause::network;
}

void RefusalFinder::remember(std::string_view session, std::string_view reason) {
    recall(session);
    said_.push_back({std::string(session), std::string(reason)});
    if (said_.size() > said_max) said_.pop_front();
}

std::string RefusalFinder::recall(std::string_view session) {
    const auto found = std::ranges::find(said_, session, &Said::session);
    if (found == said_.end()) return {};
    std::string reason = std::move(found->reason);
    said_.erase(found);
    return reason;
}

std::optional<RefusedLogin> RefusalFinder::take(const LogRecord& record) {
    const std::string_view command = column_of(record, Column::command);
    if (!is_login(command)) return std::nullopt;
    const std::string_view session = column_of(record, Column::session);
    const std::string_view message = column_of(record, Column::message);
    const std::string_view severity = column_of(record, Column::severity);
    const std::string_view state = column_of(record, Column::state);
    if (message.starts_with(pam_says)) {
        const std::string_view words = message.substr(pam_says.size());
        if (words.starts_with(ours)) remember(session, words.substr(ours.size()));
        return std::nullopt;
    }
    const bool oversized =
        severity == "LOG" && message.starts_with("invalid message length") && command == "authentication";
    const bool refused = severity == "FATAL" && (state == "28000" || state == "28P01");
    if (!oversized && !refused) return std::nullopt;
    const auto pid = parse_number<unsigned>(column_of(record, Column::pid)).value_or(0);
    RefusedLogin login{.server = server_,
                       .cause = oversized ? RefusalCause::oversized : cause_of(state, message),
                       .user = std::string(column_of(record, Column::user)),
                       .database = std::string(column_of(record, Column::database)),
                       .host = {},
                       .pid = static_cast<int>(pid),
                       .time = log_time_at_end(column_of(record, Column::time)),
                       .message = std::string(message),
                       .reason = recall(session)};
    if (!login.reason.empty()) login.cause = RefusalCause::pam_refused;
    set_client(login, column_of(record, Column::client));
    return login;
}

}  // namespace countersign::databases::local
