#include "agent/users_on_demand.h"

#include <algorithm>

#include "agent/agent.h"
#include "agent/agent_parts.h"

namespace countersign::agent {

namespace {

constexpr const char* groups_key = "aws:principaltag/countersign:groups";

}  // namespace

std::vector<std::string> groups_for(const login::Principal& principal,
                                    const std::vector<std::string>& allowed) {
    std::vector<std::string> groups;
    const auto tag = principal.context.find(groups_key);
    if (tag == principal.context.end()) return groups;
    for (const std::string& value : tag->second)
        for (std::string& name : databases::names_in(value))
            if (std::ranges::count(allowed, name) > 0 && std::ranges::count(groups, name) == 0 &&
                groups.size() < databases::groups_on_demand_max)
                groups.push_back(std::move(name));
    return groups;
}

// It is judged as the login of a member first: nothing is made for a token that is refused. What comes of it
// is judged again where it is not so.
void Agent::expect_user(LoginRequest& request) const {
    const ServerEntry& server_entry = *request.server_entry;
    if (!deps_.make_user || server_entry.view.kind == databases::Kind::pooler) return;
    if (request.attempt.rds_iam != login::Membership::outsider) return;
    request.groups_on_demand = databases::groups_on_demand(server_entry.view.tags);
    if (request.groups_on_demand) request.attempt.rds_iam = login::Membership::member;
}

void Agent::make_user(const std::shared_ptr<LoginRequest>& request, const LoginDecision& decision) {
    const bool taken = behind_poolers_.offer(request->server_entry->view.account, [this, request, decision] {
        const databases::UserWish wish{request->attempt.user,
                                       groups_for(*decision.record->principal, *request->groups_on_demand)};
        conclude_making(*request, decision, deps_.make_user(request->server_entry->view, wish));
    });
    if (!taken)
        conclude_making(*request, decision, Error{Fault::throttled, "too many users are being made already"});
}

void Agent::conclude_making(LoginRequest& request, LoginDecision decision,
                            const Result<databases::Making>& making) {
    if (making && *making != databases::Making::was_there) {
        deps_.log.info("user.on_demand", {{"database", request.server_entry->view.identifier},
                                          {"user", request.attempt.user},
                                          {"made", *making == databases::Making::made},
                                          {"principal", decision.verdict.principal_arn()}});
        if (*making == databases::Making::made) decision.note = "; the database user was made";
        if (*making == databases::Making::put_back)
            decision.note = "; the database user was put back into service";
        return conclude(request, decision);
    }
    request.attempt.rds_iam = login::Membership::outsider;
    if (!making) request.attempt.unmade = making.error().message;
    login::KeyFacts known;
    known.record = decision.record.get();
    decision.verdict = login::judge(request.attempt, request.server_entry->server, known, decision.at);
    conclude(request, decision);
}

std::vector<databases::ServerView> Agent::servers() const {
    std::vector<databases::ServerView> views;
    const MutexLock lock(mutex_);
    views.reserve(servers_.size());
    for (const auto& [id, server_entry] : servers_) views.push_back(server_entry->view);
    return views;
}

}  // namespace countersign::agent
