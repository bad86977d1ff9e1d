// Logins of a simulation, on the way that the agent takes, and who must get in by the model.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "sigv4/token.h"
#include "sim/simulation.h"

namespace countersign::sim {

namespace {

using namespace std::chrono_literals;

constexpr const char* host = "localhost";
constexpr std::size_t newest_keys = 8;

const std::vector<std::string> flaws = {"",      "",       "",          "plain",      "outsider", "old",
                                        "early", "forged", "elsewhere", "other user", "damaged"};

Instant signing_time(const std::string& flaw, Instant now, Chance& chance) {
    if (flaw == "old") return now - 901s - std::chrono::seconds(chance.below(5000));
    if (flaw == "early") return now + 1h;
    return now - std::chrono::seconds(chance.below(890));
}

std::string token_of(const IssuedKey& key, sigv4::TokenTarget target, const std::string& flaw,
                     Instant signed_at) {
    if (flaw == "elsewhere") target.host = "other.example.com";
    if (flaw == "other user") target.db_user += "x";
    const std::string secret = flaw == "forged" ? key.secret + "x" : key.secret;
    std::string token = sigv4::make_token(target, {key.id, Secret(secret), ""}, signed_at);
    if (flaw == "damaged") token.back() = token.back() == '0' ? '1' : '0';
    return token;
}

}  // namespace

// As the agent sees the server; nothing where it does not run, and so nobody asks.
std::optional<login::Server> Simulation::server_of(const std::string& database) {
    const std::optional<model::DBInstance> record = world_.database(database);
    if (!record || !record->server || !world_.engine.state(record->resource_id).process) return std::nullopt;
    login::Server server;
    server.resource_id = record->resource_id;
    server.region = record->region;
    server.account = record->account;
    server.iam_enabled = record->server->iam_enabled;
    server.endpoints = {{host, record->server->port}};
    return server;
}

bool Simulation::lets_in(const login::Attempt& attempt, const login::Server& server) {
    login::KeyFacts known;
    std::shared_ptr<const login::LoginRecord> record;
    if (const auto claimed = login::claimed_key(attempt.token)) {
        const auto found = world_.records.find(*claimed);
        if (found)
            record = *found;
        else
            known.unavailable = found.error().message;
    }
    known.record = record.get();
    return login::judge(attempt, server, known, world_.clock.now()).allowed();
}

void Simulation::knock(const Knock& knock, bool faults) {
    const std::optional<login::Server> server = server_of(knock.database);
    if (!server) return;
    const Instant now = world_.clock.now();
    const std::string token = token_of(knock.key, {host, server->endpoints[0].port, region, knock.db_user},
                                       knock.flaw, signing_time(knock.flaw, now, chance_));
    login::Attempt attempt;
    attempt.transport = knock.flaw == "plain" ? login::Transport::plain : login::Transport::tls;
    attempt.rds_iam = knock.flaw == "outsider" ? login::Membership::outsider : login::Membership::member;
    attempt.user = knock.db_user;
    attempt.token = login::SentToken(token);
    faults_ = faults;
    const bool admit = lets_in(attempt, *server);
    faults_ = false;
    const bool right = model_.allows(knock.key.id, server->resource_id, knock.db_user);
    const bool must = right && knock.flaw.empty() && server->iam_enabled;
    const std::string line = fmt::format("login {} as {} to {} flaw={}", knock.key.id, knock.db_user,
                                         knock.database, knock.flaw.empty() ? "none" : knock.flaw);
    trace_.push_back(fmt::format("{}: {}", line, admit ? "allowed" : "refused"));
    check(must || !admit, line + ": got in without a right");
    check(admit || !must || (faults && disturbed_), line + ": has the right and was refused");
}

// With the newest keys more often than with those of long ago, which mostly are deleted.
const IssuedKey& Simulation::any_issued_key() {
    const std::vector<IssuedKey>& issued = operations_.issued();
    const std::size_t among = chance_.one_in(4) ? issued.size() : std::min(issued.size(), newest_keys);
    return issued[issued.size() - 1 - chance_.below(among)];
}

void Simulation::knock_at_random(bool faults) {
    if (operations_.issued().empty() || model_.databases.empty()) return;
    const auto at = std::next(model_.databases.begin(),
                              static_cast<std::ptrdiff_t>(chance_.below(model_.databases.size())));
    knock({any_issued_key(), at->first, operations_.any_db_user(), chance_.pick(flaws)}, faults);
}

// With the newest keys, without a flaw.
void Simulation::knock_everywhere() {
    const std::vector<IssuedKey>& issued = operations_.issued();
    for (const auto& [name, database] : model_.databases)
        for (std::size_t i = issued.size() - std::min(issued.size(), newest_keys); i < issued.size(); ++i)
            knock({issued[i], name, operations_.any_db_user(), ""}, false);
}

}  // namespace countersign::sim
