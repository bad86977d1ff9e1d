#include "services/admin/agents.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.h"
#include "databases/engines/attached/attached.h"
#include "model/arn.h"
#include "model/fleet.h"
#include "model/keys.h"
#include "services/admin/accounts.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t tokens_max = 1000;     // of an account, that wait to be used
constexpr std::ptrdiff_t agents_max = 2000;  // of an account: each holds a connection
constexpr std::size_t secret_letters = 32;
constexpr std::string_view secret_alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
constexpr int valid_seconds = 3600;  // where the call says nothing

Error no_agent(const std::string& name) {
    return Error{Fault::not_found, fmt::format("There is no agent {}.", name), "NoSuchEntity"};
}

Result<void> check_name(const std::string& name) {
    if (model::is_agent_name(name)) return {};
    return Error{Fault::invalid, "An agent's name has 1 to 40 lower-case letters, digits, hyphens and dots.",
                 "InvalidInput"};
}

// Whoever manages accounts is at home in all of them.
struct Caller {
    static Result<Caller> of(const Deps& deps, const Call& call) {
        return Caller{call.account(), TRY(is_manager(deps, call))};
    }
    bool sees(const model::FleetAgent& agent) const { return manages || model::belongs_to(agent, account); }
    bool owns(const model::FleetAgent& agent) const {
        return manages || agent.accounts == std::vector{account};
    }
    bool made(const model::EnrolmentToken& token) const {
        const auto arn = model::parse_arn(token.made_by);
        return arn && arn->account == account;
    }

    std::string account;
    bool manages = false;
};

// Takes away the tokens that have expired, and those for this agent that the caller may take away; returns
// how many the caller's account has left.
Result<std::size_t> clear_tokens(store::Store& store, const Caller& caller, Instant now,
                                 const std::string& agent) {
    const auto known = TRY(store::load_all<model::EnrolmentToken>(store, keys::enrolment_tokens()));
    std::size_t own = 0;
    for (const auto& token : known) {
        const bool is_own = caller.made(token.record);
        const bool is_named = !agent.empty() && token.record.agent == agent && (is_own || caller.manages);
        if (token.record.expires <= now || is_named)
            TRY(store.commit({{}, {store::erase(token.key)}}));
        else if (is_own)
            ++own;
    }
    return own;
}

Result<void> check_room_for_agent(store::Store& store, const Caller& caller, Instant now) {
    if (TRY(clear_tokens(store, caller, now, "")) >= tokens_max)
        return Error{Fault::conflict, fmt::format("Cannot exceed quota for AgentTokens: {}", tokens_max),
                     "LimitExceeded"};
    const auto agents = TRY(store::load_all<model::FleetAgent>(store, keys::fleet_agents()));
    const auto own = std::ranges::count_if(
        agents, [&](const auto& agent) { return model::belongs_to(agent.record, caller.account); });
    if (own < agents_max) return {};
    return Error{Fault::conflict, fmt::format("Cannot exceed quota for Agents: {}", agents_max),
                 "LimitExceeded"};
}

// Whose the agent will be: the accounts that are named, else those of the agent of that name that it
// replaces, else the caller's.
Result<std::vector<std::string>> accounts_for(const Deps& deps, const Caller& caller,
                                              const api::CreateAgentTokenRequest& input) {
    const std::vector<std::string> own{caller.account};
    if (input.AccountIds && *input.AccountIds != own && !caller.manages)
        return Error{Fault::denied,
                     "Agents of other accounts are made from the account that the server began with.",
                     "AccessDenied"};
    for (const std::string& id : input.AccountIds.value_or(own))
        if (!TRY(deps.store.get(keys::account_record(id))))
            return Error{Fault::not_found, fmt::format("There is no account {}.", id), "NoSuchEntity"};
    if (!input.AgentName) return input.AccountIds.value_or(own);
    const auto known = TRY(store::load<model::FleetAgent>(deps.store, keys::fleet_agent(*input.AgentName)));
    if (known && !caller.owns(known->record))
        return Error{Fault::exists,
                     fmt::format("There is an agent {} already; choose another name.", *input.AgentName),
                     "EntityAlreadyExists"};
    return input.AccountIds.value_or(known ? known->record.accounts : own);
}

Result<void> add_contact(store::Store& store, api::Agent& shown, const std::string& name) {
    const auto contact = TRY(store::load<model::FleetContact>(store, keys::fleet_contact(name)));
    if (!contact) return {};
    shown.LastSeen = contact->record.time;
    shown.CertificateUntil = contact->record.certificate_until;
    shown.Address = contact->record.address;
    return {};
}

Result<Nothing> forget_agent(const Deps& deps, const Call& call, const Caller& caller,
                             const std::string& name) {
    const auto known = TRY(store::load<model::FleetAgent>(deps.store, keys::fleet_agent(name)));
    if (known && caller.sees(known->record) && !caller.owns(known->record))
        return Error{
            Fault::denied,
            fmt::format("The agent {} is also another account's; it is removed from the account that "
                        "the server began with.",
                        name),
            "AccessDenied"};
    TRY(clear_tokens(deps.store, caller, call.now, name));
    if (!known || !caller.sees(known->record)) return no_agent(name);
    TRY(deps.store.commit(
        {{known->unchanged()}, {store::erase(known->key), store::erase(keys::fleet_contact(name))}}));
    return Nothing{};
}

}  // namespace

Result<api::CreateAgentTokenResponse> create_agent_token(const Deps& deps, const Call& call,
                                                         const api::CreateAgentTokenRequest& input) {
    const Caller caller = TRY(Caller::of(deps, call));
    if (input.AgentName) TRY(check_name(*input.AgentName));
    TRY(check_room_for_agent(deps.store, caller, call.now));
    const std::string secret = crypto::random_text(deps.random, secret_alphabet, secret_letters);
    model::EnrolmentToken token;
    token.agent = input.AgentName.value_or("");
    token.expires = call.now + std::chrono::seconds(input.ValidSeconds.value_or(valid_seconds));
    token.made_by = call.caller.principal().arn;
    token.accounts = TRY(accounts_for(deps, caller, input));
    const std::string key = keys::enrolment_token(crypto::sha256_hex(secret));
    TRY(deps.store.commit({{store::absent(key)}, {store::put(key, token)}}));
    api::CreateAgentTokenResponse answer;
    answer.Secret = secret;
    answer.AgentName = input.AgentName;
    answer.AccountIds = token.accounts;
    answer.Expires = token.expires;
    return answer;
}

Result<api::ListAgentsResponse> list_agents(const Deps& deps, const Call& call, const Nothing&) {
    const Caller caller = TRY(Caller::of(deps, call));
    const store::Page databases = TRY(store::list_all(deps.store, keys::rds_of(call.account())));
    const auto agents = TRY(store::load_all<model::FleetAgent>(deps.store, keys::fleet_agents()));
    api::ListAgentsResponse answer;
    for (const auto& agent : agents) {
        if (!caller.sees(agent.record)) continue;
        api::Agent& shown = answer.Agents.emplace_back();
        shown.AgentName = agent.record.name;
        shown.EnrollDate = agent.record.enrolled;
        shown.Address = agent.record.address;
        shown.AccountIds = caller.manages ? agent.record.accounts : std::vector{caller.account};
        TRY(add_contact(deps.store, shown, agent.record.name));
        for (const databases::ServerView& server : databases::attached_views(databases, agent.record.name))
            shown.DBIdentifiers.push_back(server.identifier);
    }
    return answer;
}

Result<Nothing> delete_agent(const Deps& deps, const Call& call, const api::DeleteAgentRequest& input) {
    const Caller caller = TRY(Caller::of(deps, call));
    const std::string& name = *input.AgentName;
    TRY(check_name(name));
    return store::retry_races([&]() -> Result<Nothing> { return forget_agent(deps, call, caller, name); });
}

Result<model::FleetAgent> find_agent(const Deps& deps, const Call& call, const std::string& name) {
    const auto known = TRY(store::load<model::FleetAgent>(deps.store, keys::fleet_agent(name)));
    if (!known || !model::belongs_to(known->record, call.account())) return no_agent(name);
    return known->record;
}

}  // namespace countersign::admin
