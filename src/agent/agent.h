// The agent: answers the way in of each PostgreSQL server over a unix socket of the server's own, asks
// login::judge(), and records every attempt in the audit. Who asks is told by the kernel (SO_PEERCRED), not
// by the message. One thread accepts; a fixed number of workers answer; a full queue refuses. Safe to call
// from any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/audit.h"
#include "agent/options.h"
#include "agent/pending.h"
#include "agent/record_source.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "crypto/random.h"
#include "databases/databases.h"
#include "login/verdict.h"

namespace countersign::agent {

// What the agent lives in. Everything must outlive it.
struct Surroundings {
    RecordSource& records;
    const Clock& clock;
    crypto::Random& random;
    const Log& log;
    const Audit& audit;
};

class Agent : public databases::Observer {
public:
    Agent(const Surroundings& around, Options options);
    ~Agent() override;  // stops
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    Result<void> start();
    void stop();

    void server_up(const databases::ServerView& server) override;
    void server_down(std::string_view resource_id) override;
    void login_refused(const databases::RefusedLogin& login) override;

private:
    struct Site;  // one server with its listening socket
    struct Asked;

    void accept_logins();
    void answer_logins();
    void answer(const Pending& pending);
    std::optional<Asked> receive(int connection, const Site& site, std::string& message) const;
    LoginEntry entry_for(const Asked& asked, const login::Verdict& verdict, const Site& site) const;
    bool record(const LoginEntry& entry) const;
    login::Verdict judge(const Asked& asked, const Site& site);
    void open_site(const databases::ServerView& server);
    std::shared_ptr<const Site> site_of(std::string_view resource_id) const;

    const Surroundings around_;
    const Options options_;
    PendingQueue queue_;
    mutable std::mutex mutex_;  // guards sites_
    std::map<std::string, std::shared_ptr<const Site>, std::less<>> sites_;
    int wake_ = -1;  // eventfd: the set of sites changed, or the end
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace countersign::agent
