#include "extension/agents.h"

#include <fmt/format.h>

#include "crypto/digest.h"
#include "databases/attached.h"
#include "extension/accounts.h"
#include "model/fleet.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::extension {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t tokens_max = 1000;  // that wait to be used
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

// Takes away the tokens that have expired, or that are made for this agent.
Result<void> clear_tokens(store::Store& store, Instant now, const std::string& agent) {
    const auto known = TRY(store::load_all<model::EnrolmentToken>(store, keys::enrolment_tokens()));
    std::size_t left = known.size();
    for (const auto& token : known) {
        const bool is_void = token.record.expires <= now || (!agent.empty() && token.record.agent == agent);
        if (!is_void) continue;
        TRY(store.commit({{}, {store::erase(token.key)}}));
        --left;
    }
    if (left < tokens_max) return {};
    return Error{Fault::conflict, fmt::format("Cannot exceed quota for AgentTokens: {}", tokens_max),
                 "LimitExceeded"};
}

Result<void> add_contact(store::Store& store, api::Agent& shown, const std::string& name) {
    const auto contact = TRY(store::load<model::FleetContact>(store, keys::fleet_contact(name)));
    if (!contact) return {};
    shown.LastSeen = contact->record.time;
    shown.CertificateUntil = contact->record.certificate_until;
    shown.Address = contact->record.address;
    return {};
}

}  // namespace

Result<api::CreateAgentTokenResponse> create_agent_token(const Surroundings& around, const Call& call,
                                                         const api::CreateAgentTokenRequest& input) {
    TRY(check_manager(around, call));
    if (input.AgentName) TRY(check_name(*input.AgentName));
    TRY(clear_tokens(around.store, call.now, ""));
    const std::string secret = crypto::random_text(around.random, secret_alphabet, secret_letters);
    model::EnrolmentToken token;
    token.agent = input.AgentName.value_or("");
    token.expires = call.now + std::chrono::seconds(input.ValidSeconds.value_or(valid_seconds));
    token.made_by = call.caller.principal().arn;
    const std::string key = keys::enrolment_token(crypto::sha256_hex(secret));
    TRY(around.store.commit({{store::absent(key)}, {store::put(key, token)}}));
    api::CreateAgentTokenResponse answer;
    answer.Secret = secret;
    answer.AgentName = input.AgentName;
    answer.Expires = token.expires;
    return answer;
}

Result<api::ListAgentsResponse> list_agents(const Surroundings& around, const Call& call, const Nothing&) {
    TRY(check_manager(around, call));
    const store::Page databases = TRY(store::list_all(around.store, keys::rds()));
    const auto agents = TRY(store::load_all<model::FleetAgent>(around.store, keys::fleet_agents()));
    api::ListAgentsResponse answer;
    for (const auto& agent : agents) {
        api::Agent& shown = answer.Agents.emplace_back();
        shown.AgentName = agent.record.name;
        shown.EnrollDate = agent.record.enrolled;
        shown.Address = agent.record.address;
        TRY(add_contact(around.store, shown, agent.record.name));
        for (const databases::ServerView& server : databases::attached_views(databases, agent.record.name))
            shown.DBIdentifiers.push_back(server.identifier);
    }
    return answer;
}

Result<Nothing> delete_agent(const Surroundings& around, const Call& call,
                             const api::DeleteAgentRequest& input) {
    TRY(check_manager(around, call));
    const std::string& name = *input.AgentName;
    TRY(check_name(name));
    TRY(clear_tokens(around.store, call.now, name));
    if (!TRY(around.store.get(keys::fleet_agent(name)))) return no_agent(name);
    TRY(around.store.commit(
        {{}, {store::erase(keys::fleet_agent(name)), store::erase(keys::fleet_contact(name))}}));
    return Nothing{};
}

}  // namespace countersign::extension
