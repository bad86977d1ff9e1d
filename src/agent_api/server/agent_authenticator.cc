#include "agent_api/server/agent_authenticator.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "crypto/digest.h"
#include "model/fleet.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::agent_api::server {

namespace {

namespace keys = model::keys;

constexpr std::string_view id_alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr std::size_t id_letters = 16;
constexpr std::size_t secret_bytes_max = 128;
constexpr auto said_again_after = std::chrono::seconds(10);  // every change is written down

Error unauthenticated(std::string why) {
    return {Fault::unauthenticated, std::move(why)};
}

Error no_token() {
    return {Fault::denied,
            "the token is not known here: it was used, has expired, or is another control plane's; make one "
            "with: countersign agent-token"};
}

using KnownAgent = std::optional<store::Stored<model::FleetAgent>>;

// Of an agent whose token is of the time before agents belonged to accounts.
Result<std::vector<std::string>> owners_before(store::Store& store, const KnownAgent& known) {
    if (known && !known->record.accounts.empty()) return known->record.accounts;
    const auto first = TRY(store.get(keys::account));
    return first ? std::vector{first->value} : std::vector<std::string>();
}

// Whoever takes a name over must be given every account that the agent of that name had.
bool is_replaceable(const model::FleetAgent& before, const model::FleetAgent& after) {
    return std::ranges::all_of(before.accounts,
                               [&](const std::string& account) { return belongs_to(after, account); });
}

}  // namespace

Result<AgentIdentity> AgentAuthenticator::identity_of(const http::Request& request) const {
    if (request.client_certificate.empty())
        return unauthenticated("no certificate was shown; enrol with a token of: countersign agent-token");
    const auto name = crypto::client_name_of(request.client_certificate);
    const auto until = crypto::expiry_of(request.client_certificate);
    if (!name || !until) return unauthenticated("the certificate is no agent's");
    if (*until <= deps_.clock.now()) return unauthenticated("the agent's certificate has ended");
    const auto known = TRY(store::load<model::FleetAgent>(deps_.store, keys::fleet_agent(name->common_name)));
    if (!known)
        return unauthenticated(
            fmt::format("the agent {} was removed; enrol it again with a token of: "
                        "countersign agent-token --name {}",
                        name->common_name, name->common_name));
    if (known->record.id != name->serial)
        return unauthenticated(
            fmt::format("the agent {} was enrolled anew since, elsewhere", name->common_name));
    return AgentIdentity{name->common_name, name->serial, *until, request.peer, known->record.accounts};
}

Result<agent_api::Certified> AgentAuthenticator::certify(const std::string& name, const std::string& id,
                                                         const std::string& request_pem) const {
    std::string certificate = TRY(crypto::issue_client(
        deps_.authority, {request_pem, {name, id}, deps_.certificate_life}, deps_.clock.now(), deps_.random));
    return agent_api::Certified{name, std::move(certificate)};
}

Result<agent_api::Certified> AgentAuthenticator::enrol(const agent_api::EnrolRequest& wanted,
                                                       const std::string& address) const {
    if (wanted.secret.empty() || wanted.secret.size() > secret_bytes_max) return no_token();
    const std::string token_key = keys::enrolment_token(crypto::sha256_hex(wanted.secret));
    const auto token = TRY(store::load<model::EnrolmentToken>(deps_.store, token_key));
    const Instant now = deps_.clock.now();
    if (!token || token->record.expires <= now) return no_token();
    const bool is_bound = !token->record.agent.empty();
    const std::string name = is_bound ? token->record.agent : wanted.name;
    if (!model::is_agent_name(name))
        return Error{
            Fault::invalid,
            fmt::format("'{}' cannot be an agent's name; say another with --name: 1 to 40 lower-case "
                        "letters, digits, hyphens and dots",
                        printable(name))};
    const std::string key = keys::fleet_agent(name);
    const auto known = TRY(store::load<model::FleetAgent>(deps_.store, key));
    model::FleetAgent agent{name, {}, now, address, token->record.accounts};
    if (agent.accounts.empty()) agent.accounts = TRY(owners_before(deps_.store, known));
    if (known && (!is_bound || !is_replaceable(known->record, agent)))
        return Error{
            Fault::exists,
            fmt::format("there is an agent {} already; say another --name, or replace it with a token "
                        "of: countersign agent-token --name {}",
                        name, name)};
    agent.id = crypto::random_text(deps_.random, id_alphabet, id_letters);
    agent_api::Certified certified = TRY(certify(name, agent.id, wanted.request));
    store::Transaction change{{token->unchanged(), known ? known->unchanged() : store::absent(key)},
                              {store::erase(token_key), store::put(key, agent)}};
    const auto committed = deps_.store.commit(change);
    if (!committed && committed.error().fault == Fault::conflict) return no_token();
    if (!committed) return committed.error();
    return certified;
}

Result<agent_api::Certified> AgentAuthenticator::renew(const AgentIdentity& identity,
                                                       const agent_api::RenewRequest& wanted) const {
    return certify(identity.name, identity.id, wanted.request);
}

Result<void> AgentAuthenticator::note_run_directory(const AgentIdentity& identity,
                                                    const std::string& directory) const {
    if (directory.empty()) return {};
    if (!model::is_run_directory(directory))
        return Error{Fault::invalid, "an agent's sockets cannot be in a directory of that name"};
    const auto known = TRY(store::load<model::FleetAgent>(deps_.store, keys::fleet_agent(identity.name)));
    if (!known || known->record.id != identity.id || known->record.run_directory == directory) return {};
    const Instant now = deps_.clock.now();
    if (!known->record.run_directory.empty() && now - known->record.run_directory_said < said_again_after)
        return Error{Fault::throttled, "this agent has moved its sockets just now"};
    model::FleetAgent agent = known->record;
    agent.run_directory = directory;
    agent.run_directory_said = now;
    const auto written = deps_.store.commit({{known->unchanged()}, {store::put(known->key, agent)}});
    if (!written && written.error().fault != Fault::conflict) return written.error();
    return {};
}

}  // namespace countersign::agent_api::server
