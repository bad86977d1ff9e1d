#include "agent_api/server/told_lines.h"

#include <algorithm>

#include "audit/hba_note.h"
#include "base/limits.h"
#include "formats/iso_time.h"
#include "model/arn.h"
#include "wire/login.h"

namespace countersign::agent_api::server {

namespace {

constexpr std::size_t trail_bytes_max = 32UL * 1024;  // twice what an agent records
constexpr std::size_t text_bytes_max = 4096;

// Not within a character.
void shorten(std::string& text) {
    if (text.size() <= text_bytes_max) return;
    std::size_t end = text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
}

void forget_principal(audit::LoginEntry& line) {
    line.principal_arn.clear();
    line.session_name.clear();
    line.source_identity.clear();
}

// A remark is of nobody's login.
audit::LoginEntry about_the_server(const audit::LoginEntry& line) {
    audit::LoginEntry remark;
    remark.time = line.time;
    remark.login_id = line.login_id;
    remark.resource_id = line.resource_id;
    remark.decision = line.decision;
    remark.check = line.check;
    remark.reason_code = line.reason_code;
    remark.reason = line.reason;
    return remark;
}

bool is_of(const std::string& principal_arn, const std::vector<std::string>& accounts) {
    const auto arn = model::parse_arn(principal_arn);
    return arn && std::ranges::find(accounts, arn->account) != accounts.end();
}

}  // namespace

bool is_line(const audit::LoginEntry& line) {
    const bool is_told = audit::hba_note_in(line).has_value() || line.decision == audit::Decision::allowed ||
                         line.decision == audit::Decision::refused || line.decision == audit::Decision::ended;
    const bool has_id = !line.login_id.empty() && line.login_id.size() <= wire::login_id_bytes;
    return is_told && has_id;
}

void settle(audit::LoginEntry& line, const databases::ServerView& server, const AgentIdentity& identity,
            Instant now) {
    if (line.decision == audit::Decision::noted) line = about_the_server(line);
    line.agent = identity.name;
    line.database = server.identifier;
    line.account = server.account;
    line.region = server.region;
    const auto time = formats::parse_extended_time(line.time);
    if (!time || *time > now + limits::token_future_skew_max) line.time = formats::extended_time(now);
    if (!is_of(line.principal_arn, identity.accounts)) forget_principal(line);
    if (line.trail.size() > trail_bytes_max) line.trail.clear();
    for (std::string* text :
         {&line.database_name, &line.user, &line.source_address, &line.application_name, &line.principal_arn,
          &line.session_name, &line.source_identity, &line.access_key_id, &line.check, &line.code,
          &line.reason_code, &line.reason, &line.policy, &line.token_digest})
        shorten(*text);
}

}  // namespace countersign::agent_api::server
