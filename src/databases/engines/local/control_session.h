// The control plane's standing session in one running server: it looks every second at what the server's
// users could have changed to our harm, and stays open, so that nobody can take its place among the
// connections. A server that does not answer is asked ever more rarely, since each question costs a worker
// its patience. Owned by the server's worker; one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "databases/engines/local/boundary.h"
#include "databases/engines/local/replication.h"
#include "databases/engines/local/server_home.h"
#include "databases/session.h"

namespace countersign::databases::local {

// What the last look saw; where none was possible yet, what a new server has.
struct Inside {
    bool iam_role = true;  // rds_iam is there
    std::vector<Breach> breaches;
    bool replication_due = false;             // apply_replication() has something to do
    std::vector<std::string> formal_members;  // see AccessFacts
    std::vector<std::string> password_users;  // see AccessFacts; none unless they are followed
    std::vector<std::string> followers;  // names of standbys that stream; unless they are asked for, none
    std::string synchronous;             // of the one that is waited for
    bool streams = false;                // it is a standby, and its writer sends to it
    bool replay_paused = false;          // and it does not apply what comes
    std::string version;                 // of the PostgreSQL that runs; empty: nobody looked yet
    std::string trouble;                 // why no look is possible now; empty: it is
};

class ControlSession {
public:
    explicit ControlSession(ServerHome home) : home_(std::move(home)) {}

    // Looks, unless it did within the last second.
    const Inside& look(std::uint16_t port);
    const Inside& inside() const { return inside_; }
    void look_soon() { next_.reset(); }  // the next look() does
    void follow_password_users(bool follow) {
        if (follow && !follows_password_users_) look_soon();
        follows_password_users_ = follow;
    }
    enum class Members { none, followers, writer };  // what to ask about in a cluster
    void ask_about(Members members) {
        if (members != members_) look_soon();
        members_ = members;
    }
    // A follower that is waited for counts once it has everything up to there; empty: none does yet.
    void expect_flushed(std::string position) {
        barrier_ = std::move(position);
        look_soon();
    }
    const std::string& barrier() const { return barrier_; }
    void forget_members() {
        inside_.followers.clear();
        inside_.synchronous.clear();
        expect_flushed({});
    }
    void expect_formal_members(std::vector<std::string> names) { inside_.formal_members = std::move(names); }

    // Forgotten at close() and by expect_other_configuration().
    ReplicationGuard replication_guard() const { return replication_guard_; }
    void note_replication_guard(ReplicationGuard guard) { replication_guard_ = guard; }
    void expect_other_configuration() { replication_guard_ = ReplicationGuard::unknown; }

    // The session, opened if it is not. It is valid until close() or a later look().
    Result<Session*> session(std::uint16_t port);
    void close();  // the server ends

private:
    Result<void> refresh(std::uint16_t port);
    Result<void> look_at_members(Session& session, Inside& seen) const;

    ServerHome home_;
    std::optional<Session> session_;
    Inside inside_;
    ReplicationGuard replication_guard_ = ReplicationGuard::unknown;
    std::optional<Deadline> next_;
    bool follows_password_users_ = false;
    Members members_ = Members::none;
    std::string barrier_;
    int failures_ = 0;  // in a row
};

}  // namespace countersign::databases::local
