#include "agent/hba_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/server_session.h"
#include "formats/iso_time.h"
#include "wire/login.h"

namespace countersign::agent {

namespace {

using audit::HbaNote;
using databases::HbaState;

constexpr const char* hba_thread = "hba-watch";
constexpr std::string_view note_id_alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

HbaNote note_of(HbaState state) {
    switch (state) {
        case HbaState::in_order:
            return HbaNote::in_order;
        case HbaState::overtaken:
            return HbaNote::overtaken;
        case HbaState::faulty:
            return HbaNote::faulty;
        case HbaState::gone:
            break;
    }
    return HbaNote::gone;
}

// With what to do about it.
std::string sentence(const databases::ServerView& server, HbaNote note, const std::string& what) {
    const std::string again =
        fmt::format("countersign attach {} --print shows what belongs there", server.identifier);
    switch (note) {
        case HbaNote::in_order:
            return "pg_hba.conf is in order again: " + what;
        case HbaNote::overtaken:
            return fmt::format("pg_hba.conf is out of order: {}; a password of theirs counts; {}", what,
                               again);
        case HbaNote::gone:
            return fmt::format("pg_hba.conf has lost Countersign's lines: {}; {}", what, again);
        case HbaNote::faulty:
            return "pg_hba.conf has an error: " + what;
        case HbaNote::unseen:
            break;
    }
    return fmt::format(
        "pg_hba.conf cannot be watched: {}; the agent needs the server's socket in a directory that "
        "--postgres-socket-dir names, and to be let in there as {}",
        what, server.master_username);
}

}  // namespace

Result<databases::HbaFacts> read_hba_of(const databases::ServerView& server) {
    databases::Session session = TRY(open_server_session(server));
    return databases::read_hba(session);
}

HbaHistory::Step HbaHistory::seen(HbaState state, bool has_members) {
    blind_ = 0;
    const Note note = note_of(state);
    if (note == told_.value_or(Note::in_order)) {
        pending_.reset();
        return {};
    }
    // A server whose lines have yet to be put there.
    if (note == Note::gone && !told_ && !has_members) return {};
    if (note != Note::in_order && std::exchange(pending_, note) != note) return {std::nullopt, true};
    pending_.reset();
    told_ = note;
    return {note, false};
}

HbaHistory::Step HbaHistory::unseen() {
    pending_.reset();
    if (told_ == Note::unseen || ++blind_ < blind_looks) return {};
    told_ = Note::unseen;
    return {told_, false};
}

void HbaWatch::remember(const audit::LoginEntry& earlier) {
    const auto note = audit::hba_note_in(earlier);
    if (!note || earlier.agent != settings_.agent) return;
    const MutexLock lock(mutex_);
    earlier_.insert_or_assign(earlier.resource_id, *note);
}

void HbaWatch::start() {
    thread_ = Thread(
        hba_thread, deps_.log, [this] { run(); }, [this] { return is_ending(); });
}

void HbaWatch::stop() {
    {
        const MutexLock lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool HbaWatch::is_ending() {
    const MutexLock lock(mutex_);
    return ending_;
}

void HbaWatch::server_up(const databases::ServerView& server) {
    deps_.next.server_up(server);
    const MutexLock lock(mutex_);
    const bool is_watched = server.kind == databases::Kind::instance && server.iam_enabled;
    const auto found = watched_.find(server.resource_id);
    if (found != watched_.end() && is_watched) {
        found->second.view = server;
    } else if (is_watched) {
        const auto earlier = earlier_.find(server.resource_id);
        const auto told = earlier == earlier_.end() ? std::nullopt : std::optional(earlier->second);
        watched_.emplace(server.resource_id, Watched{server, HbaHistory(told),
                                                     std::chrono::steady_clock::now() + settings_.every});
    } else if (found != watched_.end()) {
        deps_.gauge(server, Figure::dropped);
        watched_.erase(found);
    }
    changed_.notify_all();
}

void HbaWatch::server_down(std::string_view resource_id) {
    {
        const MutexLock lock(mutex_);
        if (const auto found = watched_.find(resource_id); found != watched_.end()) {
            deps_.gauge(found->second.view, Figure::dropped);
            watched_.erase(found);
        }
        if (const auto told = earlier_.find(resource_id); told != earlier_.end()) earlier_.erase(told);
    }
    deps_.next.server_down(resource_id);
}

void HbaWatch::run() {
    while (const auto server = await_turn()) look(*server);
}

// Nothing at the end.
std::optional<databases::ServerView> HbaWatch::await_turn() {
    const MutexLock lock(mutex_);
    while (!ending_) {
        const auto next =
            std::ranges::min_element(watched_, {}, [](const auto& entry) { return entry.second.next_look; });
        if (next == watched_.end()) {
            changed_.wait(mutex_);
        } else if (const Time now = std::chrono::steady_clock::now(); next->second.next_look <= now) {
            next->second.next_look = now + settings_.every;
            return next->second.view;
        } else {
            const Time due = next->second.next_look;
            changed_.wait_until(mutex_, due);
        }
    }
    return std::nullopt;
}

HbaWatch::Look HbaWatch::ask(const databases::ServerView& server) const {
    const Result<databases::HbaFacts> facts = deps_.ask(server);
    Look look;
    if (facts) {
        look.found = databases::judge_hba(*facts, server.resource_id);
        look.has_members = !facts->members.empty();
    } else {
        look.runs = facts.error().fault != Fault::not_found;
        look.why_not = facts.error().message;
    }
    return look;
}

void HbaWatch::look(const databases::ServerView& server) {
    const Look look = ask(server);
    const auto news = take_in(server, look);
    if (!news) return;
    const auto told = tell(server, news->note, look.found ? look.found->what : look.why_not);
    if (told) return;
    deps_.log.error("hba.unrecorded", {{"database", server.identifier}, {"reason", told.error().message}});
    const MutexLock lock(mutex_);
    if (const auto watched = watched_.find(server.resource_id); watched != watched_.end())
        watched->second.history = news->before;
}

// What is new. Nothing of a server that is gone meanwhile.
std::optional<HbaWatch::News> HbaWatch::take_in(const databases::ServerView& server, const Look& look) {
    const MutexLock lock(mutex_);
    const auto watched = watched_.find(server.resource_id);
    if (watched == watched_.end()) return std::nullopt;
    HbaHistory& history = watched->second.history;
    const HbaHistory before = history;
    HbaHistory::Step step;
    if (look.found)
        step = history.seen(look.found->state, look.has_members);
    else if (look.runs)
        step = history.unseen();
    else
        history.not_running();
    if (step.look_soon)
        watched->second.next_look =
            std::chrono::steady_clock::now() + std::min(settings_.every, settings_.sure_after);
    Figure figure = Figure::unseen;
    if (look.found)
        figure = look.found->state == HbaState::in_order ? Figure::in_order : Figure::out_of_order;
    deps_.gauge(server, figure);
    if (!step.tell) return std::nullopt;
    return News{*step.tell, before};
}

Result<void> HbaWatch::tell(const databases::ServerView& server, HbaNote note, const std::string& what) {
    audit::LoginEntry entry;
    entry.time = formats::extended_time(deps_.clock.now());
    entry.login_id = crypto::random_text(deps_.random, note_id_alphabet, wire::login_id_bytes);
    entry.agent = settings_.agent;
    entry.database = server.identifier;
    entry.resource_id = server.resource_id;
    entry.account = server.account;
    entry.region = server.region;
    entry.decision = audit::Decision::noted;
    entry.check = audit::hba_check;
    entry.reason_code = audit::code_of(note);
    entry.reason = sentence(server, note, what);
    if (note == HbaNote::in_order)
        deps_.log.info("hba.in_order", {{"database", server.identifier}});
    else
        deps_.log.error("hba.alarm", {{"database", server.identifier}, {"reason", entry.reason}});
    return deps_.audit.record(entry);
}

}  // namespace countersign::agent
