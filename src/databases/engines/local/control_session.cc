#include "databases/engines/local/control_session.h"

#include <algorithm>

#include "databases/engines/local/accounts.h"
#include "databases/engines/local/own_session.h"
#include "databases/users_on_demand.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 900ms;  // looked at twice a second
constexpr auto look_patience = 3s;
constexpr auto step_patience = 15s;    // longer than what the server allows a statement
constexpr int look_doublings_max = 6;  // of the wait after a failure: a minute at most

}  // namespace

Result<Session*> ControlSession::session(std::uint16_t port) {
    if (!session_) session_ = TRY(open_session(home_, port));
    session_->set_patience(step_patience);
    return &*session_;
}

// Standbys come as rdsadmin; anybody else may call themself what they like.
Result<void> ControlSession::look_at_members(Session& session, Inside& seen) const {
    if (members_ == Members::writer) {
        seen.streams = TRY(session.value("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = "
                                         "'streaming'")) != "0";
        seen.replay_paused =
            TRY(session.value(
                "SELECT CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END")) == "t";
    }
    if (members_ != Members::followers) return {};
    const Rows rows = TRY(session.query(
        "SELECT application_name, sync_state IN ('sync', 'quorum') AND flush_lsn >= nullif($1, '')::pg_lsn"
        " FROM pg_stat_replication WHERE usesysid = 10 AND state = 'streaming'",
        {barrier_}, 2));
    for (const auto& row : rows) {
        seen.followers.push_back(row[0]);
        if (row[1] == "t") seen.synchronous = row[0];
    }
    return {};
}

Result<void> ControlSession::refresh(std::uint16_t port) {
    Session* const session = TRY(this->session(port));
    session->set_patience(look_patience);
    Inside seen;
    seen.iam_role = TRY(has_iam_role(*session));
    seen.breaches = TRY(find_breaches(*session));
    seen.replication_due = TRY(replication_is_due(*session, replication_guard_));
    seen.formal_members = TRY(formal_members(*session));
    if (follows_password_users_) seen.password_users = TRY(password_users(*session));
    TRY(look_at_members(*session, seen));
    seen.version = session->server_version();
    inside_ = std::move(seen);
    return {};
}

const Inside& ControlSession::look(std::uint16_t port) {
    if (next_ && !next_->passed()) return inside_;
    const bool stood = session_.has_value();
    Result<void> looked = refresh(port);
    if (!looked && stood) {  // the session may have ended without the server
        session_.reset();
        looked = refresh(port);
    }
    if (looked) {
        failures_ = 0;
        next_.emplace(look_every);
        return inside_;
    }
    session_.reset();
    if (failures_ > 0) inside_.trouble = looked.error().message;  // it may just have ended, the first time
    next_.emplace(look_every * (1 << std::min(failures_++, look_doublings_max)));
    return inside_;
}

void ControlSession::close() {
    session_.reset();
    next_.reset();
    failures_ = 0;
    inside_ = Inside();
    barrier_.clear();
    replication_guard_ = ReplicationGuard::unknown;
}

}  // namespace countersign::databases::local
