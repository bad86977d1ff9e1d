#include "databases/local/refusals.h"

#include <algorithm>

#include "base/text.h"
#include "databases/local/log_reader.h"
#include "formats/iso_time.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t said_max = 256;  // logins under way at once; max_connections is below
constexpr std::string_view pam_says = "error from underlying PAM layer: ";
constexpr std::string_view ours = "countersign: ";

// "2026-01-01 00:00:00.123 UTC", as log_timezone makes it.
Instant parse_log_time(std::string text) {
    if (!text.ends_with(" UTC") || text.size() < 20) return {};
    text.resize(text.size() - 4);
    text[10] = 'T';
    return formats::parse_extended_time(text + 'Z').value_or(Instant());
}

void set_client(RefusedLogin& login, std::string_view client) {
    const std::size_t colon = client.rfind(':');
    login.host = client.substr(0, colon);
    if (colon != std::string_view::npos)
        login.port = parse_number<std::uint16_t>(client.substr(colon + 1)).value_or(0);
}

RefusalCause cause_of(std::string_view state, std::string_view message) {
    if (message.find("pg_hba.conf") != std::string_view::npos)
        return message.ends_with("no encryption") ? RefusalCause::no_tls : RefusalCause::other;
    if (state == "28P01") return RefusalCause::password;
    if (message.starts_with("PAM authentication failed")) return RefusalCause::pam_no_service;
    return RefusalCause::other;
}

}  // namespace

void RefusalFinder::remember(int pid, std::string_view reason) {
    recall(pid);
    said_.push_back({pid, std::string(reason)});
    if (said_.size() > said_max) said_.pop_front();
}

std::string RefusalFinder::recall(int pid) {
    const auto found =
        std::find_if(said_.begin(), said_.end(), [pid](const Said& said) { return said.pid == pid; });
    if (found == said_.end()) return {};
    std::string reason = std::move(found->reason);
    said_.erase(found);
    return reason;
}

std::optional<RefusedLogin> RefusalFinder::take(const std::vector<std::string>& record) {
    const auto pid = static_cast<int>(parse_number<unsigned>(column_of(record, Column::pid)).value_or(0));
    const std::string message = column_of(record, Column::message);
    const std::string severity = column_of(record, Column::severity);
    const std::string state = column_of(record, Column::state);
    if (message.starts_with(pam_says)) {
        const std::string_view words = std::string_view(message).substr(pam_says.size());
        if (words.starts_with(ours)) remember(pid, words.substr(ours.size()));
        return std::nullopt;
    }
    const bool oversized = severity == "LOG" && message.starts_with("invalid message length") &&
                           column_of(record, Column::command) == "authentication";
    const bool refused = severity == "FATAL" && (state == "28000" || state == "28P01");
    if (!oversized && !refused) return std::nullopt;
    RefusedLogin login{.resource_id = resource_id_,
                       .cause = oversized ? RefusalCause::oversized : cause_of(state, message),
                       .user = column_of(record, Column::user),
                       .database = column_of(record, Column::database),
                       .host = {},
                       .pid = pid,
                       .time = parse_log_time(column_of(record, Column::time)),
                       .message = message,
                       .reason = recall(pid)};
    if (!login.reason.empty()) login.cause = RefusalCause::pam_refused;
    set_client(login, column_of(record, Column::client));
    return login;
}

}  // namespace countersign::databases::local
