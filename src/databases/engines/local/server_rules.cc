// Who comes into a server, by its records and by what it holds.
#include <algorithm>

#include "databases/engines/local/installed.h"
#include "databases/engines/local/local_server.h"
#include "databases/engines/local/own_addresses.h"
#include "databases/on_demand.h"
#include "model/server_parameters.h"
#include "network/cidr.h"

namespace countersign::databases::local {

namespace {

constexpr int formal_members_from = 16;

}  // namespace

// Until the server can be asked, the master user is one: it was given rds_iam to grant it.
std::string LocalServer::desired_rules(const ServerFacts& facts) {
    const int major = static_cast<int>(major_of(home_.data()).value_or(0));
    if (!has_accounts() && major >= formal_members_from)
        control_.expect_formal_members({facts.server.master_username});
    std::optional<bool> force_ssl;
    const auto asked = facts.parameters.find(std::string(model::force_ssl_parameter));
    if (asked != facts.parameters.end()) force_ssl = model::is_on(asked->second);
    std::optional<std::vector<std::string>> password_users;
    if (groups_on_demand(facts.tags)) {
        password_users = control_.inside().password_users;
        const std::string& master = facts.server.master_username;  // nobody may have looked yet
        if (std::ranges::count(*password_users, master) == 0)
            password_users->insert(password_users->begin(), master);
    }
    std::vector<std::string> refused;
    for (const policy::Network& block : refused_blocks(facts)) refused.push_back(network::text_of(block));
    return pg_hba({.major = major,
                   .iam_enabled = facts.iam_enabled,
                   .formal_members = control_.inside().formal_members,
                   .force_ssl = force_ssl,
                   .password_users = std::move(password_users),
                   .refused = std::move(refused),
                   .followed = is_followed(facts)});
}

// Behind published ports this machine is wherever a connection seems to come from.
const std::vector<policy::Network>& LocalServer::refused_blocks(const ServerFacts& facts) {
    std::optional<std::vector<policy::Network>> admitted;
    if (facts.admission && !(facts.admission->this_machine && deps_.options.everywhere)) {
        admitted = facts.admission->blocks;
        const bool own = facts.admission->this_machine;
        for (const policy::Network& block : own ? own_addresses() : std::vector<policy::Network>())
            admitted->push_back(block);
    }
    if (admitted == admitted_) return refused_;
    refused_ = admitted ? network::all_but(*admitted) : std::vector<policy::Network>();
    if (admitted && !admitted->empty() && network::is_nobody(refused_))
        deps_.log.warn("database.rules_too_many",
                       {{"resource", home_.resource_id}, {"blocks", std::to_string(admitted->size())}});
    admitted_ = std::move(admitted);
    return refused_;
}

void LocalServer::follow_log(const ServerFacts& facts) {
    deps_.log_watch.follow(home_, log_retention(facts.parameters), refused_blocks(facts));
}

}  // namespace countersign::databases::local
