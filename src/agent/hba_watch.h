// Looks now and then at the pg_hba.conf of the attached servers of this agent: a line that is gone or
// overtaken would let a member of rds_iam in with an old password. A change of state is a line of the audit,
// once; what hears of the audit's lines makes events and figures of it. An observer that stands before the
// agent, with a thread of its own. Safe to call from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "audit/audit.h"
#include "audit/hba_note.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "crypto/random.h"
#include "databases/engines/attached/hba_order.h"
#include "databases/server_view.h"

namespace countersign::agent {

// What the server itself says, over its unix socket.
Result<databases::HbaFacts> read_hba_of(const databases::ServerView& server);

// One server's state from look to look. Pure.
class HbaHistory {
public:
    using Note = audit::HbaNote;

    explicit HbaHistory(std::optional<Note> told) : told_(told) {}

    struct Step {
        std::optional<Note> tell;  // is new, and to be told
        bool look_soon = false;    // to be sure of what was seen
    };
    // A state that is bad is told when it is seen a second time, so that a file that is being replaced, or a
    // server that is being detached, raises nothing.
    Step seen(databases::HbaState state, bool has_members);
    // It runs and cannot be asked. Told after so many looks.
    Step unseen();
    void not_running() { pending_.reset(); }

private:
    static constexpr unsigned blind_looks = 3;

    std::optional<Note> told_;     // last; nothing: in order, as far as is known
    std::optional<Note> pending_;  // seen once
    unsigned blind_ = 0;           // looks that failed, in a row
};

class HbaWatch : public databases::Observer {
public:
    using Ask = std::function<Result<databases::HbaFacts>(const databases::ServerView&)>;
    // What the last look found. Called with what guards the watched servers held.
    enum class Figure { in_order, out_of_order, unseen, dropped };
    using Gauge = std::function<void(const databases::ServerView&, Figure)>;

    // References must outlive it.
    struct Deps {
        databases::Observer& next;
        const audit::Audit& audit;
        const Clock& clock;
        crypto::Random& random;
        const Log& log;
        Gauge gauge;
        Ask ask = read_hba_of;
    };
    struct Settings {
        std::string agent;  // name; empty: the one inside `serve`
        std::chrono::milliseconds every{30'000};
        std::chrono::milliseconds sure_after{2'000};
    };

    HbaWatch(Deps deps, Settings settings) : deps_(std::move(deps)), settings_(std::move(settings)) {}
    ~HbaWatch() override { stop(); }
    HbaWatch(const HbaWatch&) = delete;
    HbaWatch& operator=(const HbaWatch&) = delete;

    // Before the first server: what the audit says of earlier.
    void remember(const audit::LoginEntry& earlier);
    void start();
    void stop();

    void server_up(const databases::ServerView& server) override;
    void server_down(std::string_view resource_id) override;
    void login_refused(const databases::RefusedLogin& login) override { deps_.next.login_refused(login); }
    void log_lost(std::string_view resource_id, std::uint64_t bytes) override {
        deps_.next.log_lost(resource_id, bytes);
    }

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Watched {
        databases::ServerView view;
        HbaHistory history;
        Time next_look;
    };

    void run();
    bool is_ending();
    std::optional<databases::ServerView> await_turn();
    void look(const databases::ServerView& server);
    struct Look {
        std::optional<databases::HbaFinding> found;  // none: it cannot be asked
        bool has_members = false;
        bool runs = true;
        std::string why_not;
    };
    Look ask(const databases::ServerView& server) const;
    // What is to be told, and the history to go back to when that fails.
    struct News {
        audit::HbaNote note;
        HbaHistory before;
    };
    std::optional<News> take_in(const databases::ServerView& server, const Look& look);
    Result<void> tell(const databases::ServerView& server, audit::HbaNote note, const std::string& what);

    const Deps deps_;
    const Settings settings_;
    Mutex mutex_;
    Condition changed_;
    std::map<std::string, Watched, std::less<>> watched_ GUARDED_BY(mutex_);         // by resource id
    std::map<std::string, audit::HbaNote, std::less<>> earlier_ GUARDED_BY(mutex_);  // the same
    bool ending_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::agent
