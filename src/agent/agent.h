// The agent: answers the login hook of each PostgreSQL server over a unix socket of the server's own, asks
// login::judge(), and records every attempt in the audit. Who asks is told by the kernel (SO_PEERCRED), not
// by the message. A fixed number of workers answer, and others wait for the servers behind poolers. Follows
// the sessions that it let in. Safe to call from any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/change_notifier.h"
#include "agent/listener.h"
#include "agent/one_time.h"
#include "agent/options.h"
#include "agent/pooler.h"
#include "agent/record_source.h"
#include "agent/sessions/review.h"
#include "agent/sessions/sessions.h"
#include "agent/throttle.h"
#include "agent/throttle_answers.h"
#include "agent/unreadable.h"
#include "agent/users_on_demand.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/thread.h"
#include "crypto/random.h"
#include "databases/server_view.h"
#include "http/workers.h"
#include "login/verdict.h"

namespace countersign::agent {

// What the agent lives in. Everything must outlive it.
struct Deps {
    RecordSource& records;
    const Clock& clock;
    crypto::Random& random;
    const Log& log;
    const audit::Audit& audit;
    AskMembership membership = membership_behind;
    MakeUser make_user = {};
};

class Agent : public databases::Observer {
public:
    Agent(const Deps& deps, Options options);
    ~Agent() override;  // stops
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    // An earlier line of the audit, before start(): what it let in once is not let in again.
    void remember(const audit::LoginEntry& earlier);

    Result<void> start();
    void stop();

    // To be rung when a principal, key or policy may have changed.
    ChangeNotifier& changes() { return changes_; }
    void end_sessions(const SessionEnd& order);
    std::vector<audit::LoginEntry> live_sessions() const;
    std::vector<databases::ServerView> servers() const;  // that are up

    void server_up(const databases::ServerView& server) override;
    void server_down(std::string_view server) override;
    void login_refused(const databases::RefusedLogin& login) override;
    void log_lost(std::string_view server, std::uint64_t bytes) override;

private:
    struct ServerEntry;
    struct LoginRequest;
    struct LoginDecision;

    void answer_logins();
    void answer(Arrival arrival);
    void admit(const LoginDecision& decision, audit::LoginEntry entry, const ServerEntry& server_entry,
               const Descriptor& connection);
    void reject(const LoginDecision& decision, const audit::LoginEntry& entry, Descriptor connection);
    Result<Sessions::Number> begin_session(const LoginDecision& decision, audit::LoginEntry& entry,
                                           const ServerEntry& server_entry, const Descriptor& connection);
    login::Verdict verdict_on(const LoginRequest& request, login::KeyFacts& known, LoginDecision& decision);
    bool receive(LoginRequest& request) const;
    bool ask_behind_pooler(const std::shared_ptr<LoginRequest>& request);
    void decide(const std::shared_ptr<LoginRequest>& request);
    void conclude(LoginRequest& request, const LoginDecision& decision);
    void expect_user(LoginRequest& request) const;
    void make_user(const std::shared_ptr<LoginRequest>& request, const LoginDecision& decision);
    void conclude_making(LoginRequest& request, LoginDecision decision,
                         const Result<databases::Making>& making);
    void refuse_unreadable(const LoginRequest& request) const;
    audit::LoginEntry entry_for(const LoginRequest& request, const LoginDecision& decision) const;
    audit::LoginEntry entry_about(const databases::ServerView& server, Instant time) const;
    Result<void> record(const audit::LoginEntry& entry) const;
    LoginDecision judge(const LoginRequest& request);
    std::shared_ptr<const ServerEntry> find_server(std::string_view key) const;  // see ServerView
    std::shared_ptr<const ServerEntry> find_database(std::string_view resource_id) const;

    const Deps deps_;
    const Options options_;
    Listener listener_;
    mutable Mutex mutex_;
    std::map<std::string, std::shared_ptr<const ServerEntry>, std::less<>> servers_ GUARDED_BY(mutex_);

    ChangeNotifier changes_;
    Sessions sessions_;
    SessionsReview review_;
    ReplayCache used_tokens_;  // of databases whose tokens are good for one login
    TokenRateLimiter token_rate_;
    FailureDelay failure_delay_;
    DelayedAnswers delayed_;
    mutable UnreadableMessages unreadable_;
    http::Workers behind_poolers_;  // and users that are made
    std::vector<Thread> threads_;
};

}  // namespace countersign::agent
