// Where a server is reached, and who is told.
#include <algorithm>

#include "databases/endpoints.h"
#include "databases/engines/local/local_server.h"
#include "databases/engines/local/place.h"
#include "databases/members.h"

namespace countersign::databases::local {

std::vector<Endpoint> LocalServer::endpoints(const ServerFacts& facts) const {
    std::vector<Endpoint> endpoints = endpoints_of(facts.server);
    for (const Endpoint& further : further_endpoints(facts.member))
        if (std::ranges::count(endpoints, further) == 0) endpoints.push_back(further);
    if (facts.server.own_host) return endpoints;
    const Endpoint on_this_machine{deps_.options.endpoint_host, facts.server.port};
    if (std::ranges::count(endpoints, on_this_machine) == 0) endpoints.push_back(on_this_machine);
    return endpoints;
}

void LocalServer::announce(const ServerFacts& facts) {
    ServerView view{.resource_id = facts.server.resource_id,
                    .home = facts.member.home,
                    .instance = facts.member.instance,
                    .account = facts.account,
                    .region = facts.region,
                    .kind = facts.kind,
                    .identifier = facts.identifier,
                    .endpoints = endpoints(facts),
                    .iam_enabled = facts.iam_enabled,
                    .tags = facts.tags,
                    .master_username = facts.server.master_username,
                    .data_directory = home_.data(),
                    .owner = deps_.keeper.owner(home_),
                    .sole_owner = deps_.keeper.has_users(),
                    .agent_socket = home_.agent_socket(),
                    .socket_directory = home_.run,
                    .socket_port = port()};
    if (announced_ == view) return;
    announced_ = view;
    deps_.observer.server_up(view);
}

void LocalServer::announce_news(const ServerFacts& facts) {
    if (!announced_) return;
    ServerView view = *announced_;
    view.identifier = facts.identifier;
    view.instance = facts.member.instance;
    view.tags = facts.tags;
    view.endpoints = endpoints(facts);
    if (announced_ == view) return;
    announced_ = view;
    deps_.observer.server_up(view);
}

// Of the readers that follow those that are meant.
std::vector<DoorTarget> LocalServer::followers_among(
    const MemberFacts& member, const std::function<bool(const std::string&)>& is_meant) const {
    std::vector<DoorTarget> targets;
    for (const std::string& reader : member.readers) {
        const ServerHome home = home_of(deps_.options.dir, reader);
        const std::optional<model::Place> place = place_in(home);
        const bool follows = std::ranges::count(control_.inside().followers, reader) > 0;
        if (place && follows && is_meant(reader)) targets.push_back({home, place->port});
    }
    return targets;
}

// Where it does not listen itself connections are accepted for it: it was started for another place, or the
// endpoint is several servers'.
std::map<model::Place, std::vector<DoorTarget>> LocalServer::wanted_doors(const ServerFacts& facts) const {
    const MemberFacts& member = facts.member;
    std::map<model::Place, std::vector<DoorTarget>> doors;
    if (member.cluster.port == 0) return doors;
    const DoorTarget here{home_, port()};
    if (!member.reader) doors[member.cluster] = {here};
    if (member.place.port != 0) doors[member.place] = {here};
    if (member.reader) {
        doors.erase(listening_);
        return doors;
    }
    if (!member.reader_host.empty()) {
        std::vector<DoorTarget>& targets = doors[{member.reader_host, member.cluster.port, true}];
        targets = followers_among(member, [](const std::string&) { return true; });
        if (targets.empty()) targets.push_back(here);
    }
    for (const CustomEndpoint& custom : member.custom) {
        const auto leads_to = [&](const std::string& home) {
            return std::ranges::count(custom.homes, home) > 0;
        };
        std::vector<DoorTarget>& targets = doors[{custom.host, member.cluster.port, true}];
        targets = followers_among(member, leads_to);
        if (leads_to(member.home)) targets.push_back(here);
    }
    doors.erase(listening_);
    return doors;
}

// What another server of the cluster still holds is free soon: it has ended, or is about to.
void LocalServer::keep_doors(const ServerFacts& facts) {
    const auto wanted = wanted_doors(facts);
    std::string trouble;
    for (const auto& [place, targets] : wanted) {
        const Result<void> opened = deps_.door.open(place, targets);
        if (opened)
            doors_.insert(place);
        else
            trouble = opened.error().message;
    }
    std::erase_if(doors_, [&](const model::Place& place) {
        if (wanted.contains(place)) return false;
        deps_.door.close(place);
        return true;
    });
    if (trouble != door_trouble_ && !trouble.empty())
        deps_.log.warn("database.endpoint_unavailable",
                       {{"resource", home_.resource_id}, {"error", trouble}});
    door_trouble_ = trouble;
}

void LocalServer::close_doors() {
    for (const model::Place& place : doors_) deps_.door.close(place);
    doors_.clear();
}

}  // namespace countersign::databases::local
