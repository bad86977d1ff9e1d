#include "fleet/desk.h"

#include <algorithm>
#include <cstdlib>

#include "agent/login_records.h"
#include "fleet/feed.h"
#include "formats/iso_time.h"
#include "model/keys.h"
#include "model/region.h"

namespace countersign::fleet {

namespace {

constexpr std::size_t key_id_bytes_max = 128;
constexpr std::string_view service = "rds-db";

Error refused(std::string why) {
    return {Fault::denied, std::move(why)};
}

Result<void> check_scope(const agent::remote::RecordRequest& wanted,
                         const std::vector<databases::ServerView>& servers, Instant now) {
    const auto date = formats::parse_basic_time(wanted.date + "T000000Z");
    const auto today = std::chrono::floor<std::chrono::days>(now);
    if (!date || *date < today - std::chrono::days(1) || *date > today + std::chrono::days(1))
        return refused("the token is of another day");
    const bool is_near = std::ranges::any_of(
        servers, [&](const databases::ServerView& server) { return server.region == wanted.region; });
    if (!is_near) return refused("no server of this agent is in the token's region");
    return {};
}

}  // namespace

Result<agent::remote::RecordAnswer> Desk::record(const Asker& asker,
                                                 const agent::remote::RecordRequest& wanted) {
    const ServersPointer servers = TRY(around_.servers.of(asker.name));
    TRY(check_scope(wanted, *servers, around_.clock.now()));
    if (wanted.access_key_id.size() > key_id_bytes_max)
        return Error{Fault::invalid, "the access key id is too long"};
    agent::remote::RecordAnswer answer;
    const access::KeyHolderPointer holder =
        TRY(around_.principals.find(wanted.access_key_id, wanted.session_token));
    if (holder == nullptr) {
        answer.marks = {around_.marks.of(model::keys::access_key(wanted.access_key_id))};
        return answer;
    }
    answer.marks = around_.marks.of(holder->sources);
    const bool is_at_home = std::ranges::any_of(*servers, [&](const databases::ServerView& server) {
        return server.account == holder->principal->account;
    });
    if (!is_at_home) return refused("the access key is of an account that has no server of this agent");
    answer.record =
        login::text_of(agent::make_record(*holder, {wanted.date, wanted.region, std::string(service)}));
    return answer;
}

Result<agent::remote::ServersAnswer> Desk::servers(const Asker& asker) {
    const ServersPointer servers = TRY(around_.servers.of(asker.name));
    agent::remote::ServersAnswer answer;
    for (const databases::ServerView& server : *servers)
        answer.servers.push_back(agent::remote::text_of(server));
    answer.marks = {around_.marks.of(servers_source(asker.name))};
    return answer;
}

Result<void> Desk::take_logins(const Asker& asker, agent::remote::LoginsRequest lines) {
    if (lines.lines.size() > agent::remote::lines_max)
        return Error{Fault::invalid, "too many lines in one request"};
    const ServersPointer servers = TRY(around_.servers.of(asker.name));
    for (agent::LoginEntry& line : lines.lines) {
        const auto server =
            std::ranges::find(*servers, line.resource_id, &databases::ServerView::resource_id);
        if (server == servers->end()) {
            around_.log.warn("fleet.foreign_login", {{"agent", asker.name}, {"login_id", line.login_id}});
            continue;
        }
        line = agent::recordable(std::move(line));
        line.agent = asker.name;
        if (!heard_.add(line)) continue;
        line.database = server->identifier;
        line.account = server->account;
        line.region = server->region;
        const Result<void> recorded = around_.audit.record(line);
        if (recorded) continue;
        heard_.forget(line);
        return recorded.error();
    }
    return {};
}

}  // namespace countersign::fleet
