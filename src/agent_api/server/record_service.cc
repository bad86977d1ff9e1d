#include "agent_api/server/record_service.h"

#include <algorithm>
#include <mutex>

#include "access/reach.h"
#include "agent/login_records.h"
#include "agent_api/server/change_feed.h"
#include "agent_api/server/told_lines.h"
#include "databases/predefined_roles.h"
#include "model/keys.h"
#include "sigv4/token.h"

namespace countersign::agent_api::server {

namespace {

constexpr std::size_t key_id_bytes_max = 128;
constexpr std::string_view service = "rds-db";

Error refused(std::string why) {
    return {Fault::denied, std::move(why)};
}

bool is_of(const AgentIdentity& identity, const databases::ServerView& server) {
    return std::ranges::find(identity.accounts, server.account) != identity.accounts.end();
}

// Of all that is placed on the agent, what an account placed there that may.
class OwnServers {
public:
    static Result<OwnServers> of(const AgentIdentity& identity, Servers& servers) {
        OwnServers own;
        own.placed_ = TRY(servers.of(identity.name));
        for (const databases::ServerView& server : *own.placed_)
            if (is_of(identity, server)) own.all_.push_back(&server);
        return own;
    }

    const std::vector<const databases::ServerView*>& all() const { return all_; }
    template <class Condition>
    const databases::ServerView* find(const Condition& is_meant) const {
        const auto found =
            std::ranges::find_if(all_, [&](const databases::ServerView* one) { return is_meant(*one); });
        return found == all_.end() ? nullptr : *found;
    }

private:
    ServersPointer placed_;
    std::vector<const databases::ServerView*> all_;
};

Result<void> check_scope(const agent_api::RecordRequest& wanted, const OwnServers& servers, Instant now) {
    if (!sigv4::can_be_of(wanted.date, now)) return refused("no token of now is of that day");
    const auto is_near = [&](const databases::ServerView& server) { return server.region == wanted.region; };
    if (servers.find(is_near) == nullptr) return refused("no server of this agent is in the token's region");
    return {};
}

}  // namespace

Result<agent_api::RecordAnswer> RecordService::record(const AgentIdentity& identity,
                                                      const agent_api::RecordRequest& wanted) {
    const OwnServers servers = TRY(OwnServers::of(identity, deps_.servers));
    TRY(check_scope(wanted, servers, deps_.clock.now()));
    if (wanted.access_key_id.size() > key_id_bytes_max)
        return Error{Fault::invalid, "the access key id is too long"};
    agent_api::RecordAnswer answer;
    const access::KeyHolderPointer holder =
        TRY(deps_.principals.find(wanted.access_key_id, wanted.session_token));
    const auto is_home = [&](const databases::ServerView& server) {
        return server.account == holder->principal->account && server.region == wanted.region;
    };
    if (holder == nullptr || servers.find(is_home) == nullptr) {
        answer.marks = {deps_.marks.of(model::keys::access_key(wanted.access_key_id)),
                        deps_.marks.of(servers_source(identity.name))};
        return answer;
    }
    answer.marks = deps_.marks.of(holder->sources);
    answer.record =
        login::text_of(agent::make_record(*holder, {wanted.date, wanted.region, std::string(service)}));
    return answer;
}

Result<agent_api::ServersAnswer> RecordService::servers(const AgentIdentity& identity) {
    const OwnServers servers = TRY(OwnServers::of(identity, deps_.servers));
    agent_api::ServersAnswer answer;
    for (const databases::ServerView* server : servers.all())
        answer.servers.push_back(agent_api::text_of(*server));
    answer.marks = {deps_.marks.of(servers_source(identity.name))};
    return answer;
}

Result<agent_api::IdleUsersAnswer> RecordService::idle_users(const AgentIdentity& identity,
                                                             const agent_api::IdleUsersRequest& wanted) {
    const auto is_too_long = [](const std::string& user) {
        return user.size() > databases::role_name_bytes_max;
    };
    if (wanted.users.size() > agent_api::idle_users_max || std::ranges::any_of(wanted.users, is_too_long))
        return Error{Fault::invalid, "too many users in one request, or a name that is too long"};
    const OwnServers servers = TRY(OwnServers::of(identity, deps_.servers));
    const databases::ServerView* server =
        servers.find([&](const databases::ServerView& one) { return one.resource_id == wanted.resource_id; });
    if (server == nullptr) return refused("the server is not one of this agent's");
    const std::unique_lock alone(looking_, std::try_to_lock);
    if (!alone) return Error{Fault::throttled, "another agent's users are being looked at"};
    const access::Database database{server->account, server->region, server->resource_id};
    auto idle = TRY(
        access::users_out_of_reach(deps_.store, deps_.principals, database, wanted.users, deps_.clock.now()));
    return agent_api::IdleUsersAnswer{std::move(idle)};
}

Result<void> RecordService::take_logins(const AgentIdentity& identity, agent_api::LoginsRequest lines) {
    if (lines.lines.size() > agent_api::lines_max)
        return Error{Fault::invalid, "too many lines in one request"};
    const OwnServers servers = TRY(OwnServers::of(identity, deps_.servers));
    const Instant now = deps_.clock.now();
    std::size_t foreign = 0;
    for (audit::LoginEntry& line : lines.lines) {
        const databases::ServerView* server = servers.find(
            [&](const databases::ServerView& one) { return one.resource_id == line.resource_id; });
        if (server == nullptr || !is_line(line)) {
            ++foreign;
            continue;
        }
        line = audit::recordable(std::move(line));
        settle(line, *server, identity, now);
        if (!heard_.add(line)) continue;
        const Result<void> recorded = deps_.audit.record(line);
        if (recorded) continue;
        heard_.forget(line);
        return recorded.error();
    }
    if (foreign > 0) deps_.log.warn("fleet.foreign_logins", {{"agent", identity.name}, {"lines", foreign}});
    return {};
}

}  // namespace countersign::agent_api::server
