#include "attach/proof.h"

#include <fmt/format.h>

#include <thread>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/files.h"
#include "crypto/random.h"
#include "sigv4/token.h"

namespace countersign::attach {

namespace {

using namespace std::chrono_literals;

constexpr auto agent_patience = 10s;
constexpr auto agent_poll = 20ms;

// The name of a role for one proof; a role that has it is gone with it.
class ProofRole {
public:
    static Result<ProofRole> prepare(const ServerAddress& address) {
        crypto::SystemRandom random;
        Session session = TRY(open_session(address));
        return ProofRole(std::move(session),
                         "countersign_proof_" + crypto::random_text(random, "abcdefghijkmnpqrstuvwxyz", 12));
    }
    ~ProofRole() {
        if (name_.empty()) return;
        const Result<void> dropped = session_.execute("DROP ROLE IF EXISTS " + name_);
        static_cast<void>(dropped);
    }
    ProofRole(ProofRole&& other) noexcept
        : session_(std::move(other.session_)), name_(std::exchange(other.name_, {})) {}

    const std::string& name() const { return name_; }
    Result<void> make_member() {
        return session_.execute(fmt::format("CREATE ROLE {} LOGIN IN ROLE rds_iam", name_));
    }

private:
    ProofRole(Session session, std::string name) : session_(std::move(session)), name_(std::move(name)) {}

    Session session_;
    std::string name_;
};

Result<void> await_agent(const Registration& registered) {
    const Deadline deadline(agent_patience);
    while (!deadline.passed()) {
        if (file_exists(registered.agent_socket)) return {};
        std::this_thread::sleep_for(agent_poll);
    }
    return Error{
        Fault::unavailable,
        registered.agent.empty()
            ? fmt::format("the agent inside `countersign serve` does not listen at {}; does it run on "
                          "this host?",
                          registered.agent_socket)
            : fmt::format("the agent {} does not listen at {}; start it on this host with: countersign "
                          "agent",
                          registered.agent, registered.agent_socket)};
}

struct Attempt {
    std::string address;
    std::string user;
    std::string token;
    std::string database;
};

std::string token_of(const ProofSite& site, const Registry& registry, const std::string& user) {
    return sigv4::make_token({site.registered.host, site.registered.port, site.registered.region, user},
                             registry.target().credentials, SystemClock().now());
}

Result<Session> log_in(const ProofSite& site, const Attempt& attempt) {
    return Session::connect(Session::Parameters{{"host", site.registered.host},
                                                {"hostaddr", attempt.address},
                                                {"port", std::to_string(site.server.port)},
                                                {"user", attempt.user},
                                                {"password", attempt.token},
                                                {"dbname", attempt.database},
                                                {"sslmode", "require"},
                                                {"gssencmode", "disable"},
                                                {"options", std::string(databases::trusted_names)},
                                                {"connect_timeout", "10"},
                                                {"application_name", "countersign attach"}});
}

Result<void> accepts(const ProofSite& site, const Attempt& attempt) {
    Result<Session> session = log_in(site, attempt);
    if (!session)
        return Error{Fault::denied,
                     fmt::format("a fresh token was not accepted: {}; `countersign logins` and "
                                 "PostgreSQL's log say why",
                                 session.error().message)};
    const Rows rows =
        TRY(session->query("SELECT session_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
    if (rows.size() == 1 && rows[0][0] == attempt.user && rows[0][1] == "t") return {};
    return Error{Fault::denied, "a login by token was not one of its own role over TLS"};
}

// The refusal must be PAM's: any other would show that another line of the rules has answered.
Result<void> refuses(const ProofSite& site, Attempt attempt) {
    char& last = attempt.token.back();
    last = last == '0' ? '1' : '0';
    const Result<Session> session = log_in(site, attempt);
    if (session) return Error{Fault::denied, "a wrong token was accepted; something else than PAM lets in"};
    if (session.error().message.find("PAM authentication failed") != std::string::npos) return {};
    return Error{Fault::denied, "a wrong token was refused, but not by PAM: " + session.error().message};
}

// The user of a fresh token is made; it goes with the proof.
Result<void> makes_users(const ProofSite& site, const Registry& registry, Attempt attempt) {
    const ProofRole role = TRY(ProofRole::prepare(site.address));
    attempt.user = role.name();
    attempt.database = site.on_demand_database;
    attempt.token = token_of(site, registry, attempt.user);
    const Result<void> accepted = accepts(site, attempt);
    if (accepted) return {};
    return Error{accepted.error().fault, "no user was made: " + accepted.error().message};
}

}  // namespace

Result<void> prove(const ProofSite& site, const Registry& registry, Checklist& list) {
    TRY(await_agent(site.registered));
    list.good("agent", "listens at " + site.registered.agent_socket);
    const std::string address = TRY(listening_address(site.server));
    ProofRole member = TRY(ProofRole::prepare(site.address));
    TRY(member.make_member());
    const auto why = TRY(registry.why_not(site.registered, member.name()));
    if (why) {
        list.warn("proof", "not made: the caller may not log in. " + *why,
                  fmt::format("allow rds-db:connect on dbuser:{}/* to the caller and attach again",
                              site.registered.resource_id));
        return {};
    }
    const Attempt attempt{address, member.name(), token_of(site, registry, member.name()),
                          site.server.database};
    TRY(accepts(site, attempt));
    list.good("proof", "a fresh token was accepted over TLS");
    TRY(refuses(site, attempt));
    list.good("proof", "a wrong token was refused by PAM");
    if (site.on_demand_database.empty()) return {};
    TRY(makes_users(site, registry, attempt));
    list.good("proof", "the user of a fresh token was made in " + site.on_demand_database);
    return {};
}

}  // namespace countersign::attach
