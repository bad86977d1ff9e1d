#include "agent/agent.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/agent_parts.h"
#include "agent/exchange.h"
#include "agent/login_server.h"
#include "agent/peer_check.h"
#include "agent/refusals.h"
#include "agent/sessions/begun.h"
#include "agent/sessions/process_title.h"
#include "agent/sockets.h"
#include "audit/error_log.h"
#include "base/limits.h"
#include "base/text.h"
#include "formats/iso_time.h"
#include "wire/login.h"

namespace countersign::agent {

namespace {

constexpr unsigned workers = 4;
constexpr const char* worker_name = "agent-login";
constexpr std::string_view id_alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

std::string words_for(const policy::DecidedBy& by) {
    return by.policy + ", statement " + std::to_string(by.statement) +
           (by.sid.empty() ? "" : " (" + by.sid + ')');
}

}  // namespace

Agent::Agent(const Surroundings& around, Options options)
    : around_(around),
      options_(std::move(options)),
      arrivals_(limits::logins_waiting_max, limits::login_answer_max),
      sessions_({around.clock, around.log, around.audit, options_.terminate}, options_.sessions_file,
                options_.session_age_max),
      review_({sessions_, around.records, changes_, around.clock, around.log},
              [this](std::string_view id) {
                  const auto site = site_of(id);
                  return site == nullptr ? std::nullopt : std::optional(site->server);
              }),
      used_tokens_(limits::tokens_seen_max),
      brake_(limits::failing_sources_max),
      delayed_(limits::answers_delayed_max, around.log),
      unreadable_(around.log),
      behind_poolers_("behind-pooler",
                      {limits::pooler_logins_waiting_max, limits::pooler_logins_of_one_max,
                       limits::pooler_logins_running_of_one_max},
                      around.log) {}

Agent::~Agent() {
    stop();
}

Result<void> Agent::start() {
    TRY(arrivals_.start());
    TRY(sessions_.start());
    if (options_.end_revoked_sessions) review_.start();
    delayed_.start();
    behind_poolers_.start(limits::pooler_threads);
    const auto ended = [this] { return arrivals_.is_stopping(); };
    for (unsigned i = 0; i < workers; ++i)
        threads_.emplace_back(
            worker_name, around_.log, [this] { answer_logins(); }, ended);
    return {};
}

void Agent::stop() {
    arrivals_.stop();
    threads_.clear();
    behind_poolers_.abandon();
    delayed_.stop();
    review_.stop();
    sessions_.stop();
}

void Agent::server_up(const databases::ServerView& server) {
    auto site = std::make_shared<Site>();
    site->view = server;
    site->server = login_server_of(server, options_.context);
    // A login that comes as soon as the socket is there finds its server.
    {
        const MutexLock lock(mutex_);
        sites_[server.resource_id] = std::move(site);
    }
    const Callers callers = server.sole_owner ? Callers::of_directory : Callers::own;
    const Result<void> listening = arrivals_.listen(server.resource_id, server.agent_socket, callers);
    if (!listening)
        around_.log.error("agent.socket",
                          {{"database", server.identifier}, {"reason", listening.error().message}});
    changes_.ring();
}

void Agent::server_down(std::string_view resource_id) {
    arrivals_.leave(resource_id);
    const MutexLock lock(mutex_);
    if (const auto found = sites_.find(resource_id); found != sites_.end()) sites_.erase(found);
}

std::shared_ptr<const Agent::Site> Agent::site_of(std::string_view resource_id) const {
    const MutexLock lock(mutex_);
    const auto found = sites_.find(resource_id);
    return found == sites_.end() ? nullptr : found->second;
}

void Agent::remember(const audit::LoginEntry& earlier) {
    const auto time = formats::parse_extended_time(earlier.time);
    if (earlier.decision == "allowed" && !earlier.token_digest.empty() && time)
        used_tokens_.add({earlier.token_digest, *time + limits::token_lifetime_max}, around_.clock.now());
}

void Agent::end_sessions(const SessionEnd& order) {
    const std::size_t ended = sessions_.end(order);
    around_.log.info("sessions.ended", {{"order", order.id}, {"by", order.by}, {"count", ended}});
}

std::vector<audit::LoginEntry> Agent::live_sessions() const {
    std::vector<audit::LoginEntry> entries;
    for (const auto& [number, session] : sessions_.all()) entries.push_back(session->login);
    return entries;
}

// A login that throws hears nothing, and so is refused.
void Agent::answer_logins() {
    while (std::optional<Arrival> arrival = arrivals_.next())
        guarded(around_.log, worker_name, [&] { answer(*std::move(arrival)); });
}

// Reads what was asked; false when it is no request of a process of the site's own server.
bool Agent::receive(Asked& asked) const {
    const databases::ServerView& server = asked.site->view;
    const Result<Peer> peer = peer_of(asked.connection.number());
    const Result<void> known = peer ? check_peer(*peer, server) : peer.error();
    if (!known && known.error().fault == Fault::not_found) return false;  // it gave up waiting
    if (!known) {
        around_.log.warn("agent.stranger", {{"database", server.identifier},
                                            {"pid", peer ? peer->pid : 0},
                                            {"reason", known.error().message}});
        return false;
    }
    asked.message = Secret(receive_message(asked.connection.number(), wire::request_bytes_max));
    std::optional<Question> question = read_question(asked.message.reveal());
    asked.login_id = crypto::random_text(around_.random, id_alphabet, wire::login_id_bytes);
    asked.backend_pid = peer->pid;
    if (!question) {
        refuse_unreadable(asked);
        return false;
    }
    asked.wire_version = question->wire_version;
    asked.attempt = std::move(question->attempt);
    if (server.kind == databases::Kind::pooler) asked.attempt.rds_iam = login::Membership::unknown;
    asked.database_name = question->database_name.empty()
                              ? printable(database_in_title(title_of(peer->pid), asked.attempt.user),
                                          limits::recorded_name_bytes_max)
                              : std::move(question->database_name);
    asked.application_name = std::move(question->application_name);
    return true;
}

// A peer that went without a word is none.
void Agent::refuse_unreadable(const Asked& asked) const {
    const std::string_view message = asked.message.reveal();
    if (message.empty()) return;
    unreadable_.note(asked.site->view, asked.backend_pid, message, asked.came);
    const std::uint16_t wire_version = version_to_answer(message);
    if (wire_version != 0)
        send_message(asked.connection.number(), refusal_for("agent: the login hook's request is malformed",
                                                            asked.login_id, wire_version));
}

void Agent::answer(Arrival arrival) {
    const std::shared_ptr<const Site> site = site_of(arrival.resource_id);
    if (site == nullptr) return;
    const auto asked = std::make_shared<Asked>(std::move(arrival.connection), site);
    if (!receive(*asked)) return;
    const bool is_pooler = site->view.kind == databases::Kind::pooler;
    if (!is_pooler || !ask_behind_pooler(asked)) decide(*asked);
}

// The server behind a pooler may not answer for seconds: threads of their own wait for it. False when these
// have enough to do, or their share for the account; what the server would say stays unknown then.
bool Agent::ask_behind_pooler(const std::shared_ptr<Asked>& asked) {
    return behind_poolers_.offer(asked->site->view.account, [this, asked] {
        // Nobody waits any longer for the answer to what waited here for so long.
        if (std::chrono::steady_clock::now() < asked->came + limits::login_answer_max)
            asked->attempt.rds_iam = around_.membership(asked->site->view, asked->attempt.user);
        decide(*asked);
    });
}

void Agent::decide(Asked& asked) {
    const Judged judged = judge(asked);
    audit::LoginEntry entry = entry_for(asked, judged);
    if (judged.verdict.allowed())
        let_in(judged, std::move(entry), *asked.site, asked.connection);
    else
        keep_out(judged, entry, std::move(asked.connection));
}

// What cannot be recorded is refused; what cannot be followed, where sessions are to end by themselves, is
// not answered, and so refused. The session is known before the audit has it, so that nothing escapes an end.
void Agent::let_in(const Judged& judged, audit::LoginEntry entry, const Site& site,
                   const Descriptor& connection) {
    const Result<Sessions::Number> number = begin_session(judged, entry, site, connection);
    if (!number && number.error().fault != Fault::unsupported) {
        around_.log.warn("session.unfollowed",
                         {{"login", entry.login_id}, {"reason", number.error().message}});
        if (options_.end_revoked_sessions || options_.session_age_max) return;
    }
    BegunSession session(sessions_, around_.log, number ? std::optional(*number) : std::nullopt);
    if (const Result<void> recorded = record(entry); !recorded)
        return send_message(connection.number(), refusal_for("agent: " + recorded.error().message,
                                                             entry.login_id, judged.wire_version));
    session.follow();
    // A review that began meanwhile may not have seen the session.
    if (changes_.rings() != judged.rings) changes_.ring();
    send_message(connection.number(), answer_for(judged.verdict, entry.login_id, judged.wire_version));
}

Result<Sessions::Number> Agent::begin_session(const Judged& judged, audit::LoginEntry& entry,
                                              const Site& site, const Descriptor& connection) {
    if (site.view.kind == databases::Kind::pooler)
        return Error{Fault::unsupported, "one process serves all sessions of a pooler"};
    Backend backend = TRY(Backend::hold(static_cast<int>(entry.backend_pid)));
    pollfd hung_up{connection.number(), 0, 0};
    if (::poll(&hung_up, 1, 0) != 0)  // while it is open, the process that opened it lives
        return Error{Fault::not_found, "the backend has gone"};
    entry.backend_started = backend.identity().started;
    const bool told_by_place = !site.view.sole_owner;
    LiveSession session{entry, judged.at, judged.session_token,
                        told_by_place ? site.view.data_directory.string() : std::string(),
                        backend.identity().boot_id};
    return sessions_.begin(std::move(session), std::move(backend));
}

void Agent::keep_out(const Judged& judged, const audit::LoginEntry& entry, Descriptor connection) {
    const Result<void> recorded = record(entry);
    std::string answer =
        recorded ? answer_for(judged.verdict, entry.login_id, judged.wire_version)
                 : refusal_for("agent: " + recorded.error().message, entry.login_id, judged.wire_version);
    const auto delay = judged.clients_fault ? brake_.refused(entry.source_address, judged.began)
                                            : std::chrono::milliseconds(0);
    if (delay.count() == 0)
        send_message(connection.number(), answer);
    else
        delayed_.send_at(judged.began + delay, {std::move(connection), std::move(answer), entry.resource_id});
}

audit::LoginEntry Agent::entry_about(const databases::ServerView& server, Instant time) const {
    audit::LoginEntry entry;
    entry.time = formats::extended_time(time);
    entry.agent = options_.name;
    entry.database = server.identifier;
    entry.resource_id = server.resource_id;
    entry.account = server.account;
    entry.region = server.region;
    return entry;
}

audit::LoginEntry Agent::entry_for(const Asked& asked, const Judged& judged) const {
    const login::Verdict& verdict = judged.verdict;
    audit::LoginEntry entry = entry_about(asked.site->view, around_.clock.now());
    entry.login_id = asked.login_id;
    entry.database_name = asked.database_name;
    entry.application_name = asked.application_name;
    entry.user = asked.attempt.user;
    entry.source_address = asked.attempt.source_address;
    entry.principal_arn = verdict.principal_arn();
    entry.access_key_id = verdict.access_key_id();
    entry.decision = verdict.allowed() ? "allowed" : "refused";
    entry.check = verdict.allowed() ? "" : login::name_of(verdict.failed());
    entry.reason_code = verdict.allowed() ? "" : login::row_of(verdict.code()).name;
    entry.code = audit::error_code(verdict, asked.attempt.token, around_.clock.now());
    entry.reason = verdict.reason();
    entry.trail = verdict.trail();
    if (verdict.decided_by()) entry.policy = words_for(*verdict.decided_by());
    entry.backend_pid = asked.backend_pid;
    entry.token_digest = judged.token_digest;
    if (!verdict.principal_arn().empty()) {
        entry.session_name = judged.record->principal->session_name;
        entry.source_identity = judged.record->principal->source_identity;
    }
    const auto latency = std::chrono::steady_clock::now() - judged.began;
    entry.latency_us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
    return entry;
}

Result<void> Agent::record(const audit::LoginEntry& entry) const {
    Result<void> recorded = around_.audit.record(entry);
    if (!recorded)
        around_.log.error("login.unrecorded",
                          {{"database", entry.database}, {"reason", recorded.error().message}});
    return recorded;
}

Agent::Judged Agent::judge(const Asked& asked) {
    Judged judged;
    judged.began = std::chrono::steady_clock::now();
    judged.wire_version = asked.wire_version;
    judged.at = around_.clock.now();
    judged.rings = changes_.rings();
    std::optional<login::ClaimedKey> claimed = login::claimed_key(asked.attempt.token);
    login::Known known;
    if (claimed) {
        Result<std::shared_ptr<const login::LoginRecord>> found = around_.records.find(*claimed);
        if (found)
            judged.record = *std::move(found);
        else
            known.unavailable = found.error().message;
        known.record = judged.record.get();
        judged.session_token = std::move(claimed->session_token);
    }
    judged.verdict = verdict_on(asked, known, judged);
    judged.clients_fault = known.unavailable.empty() && judged.verdict.failed() != login::Check::throttle;
    return judged;
}

// With what this agent has seen of the token. A token that is good for once is used up by the login that it
// lets in, and by no other; of two at the same time one finds it used. Only a token whose signature was right
// counts for the rate.
login::Verdict Agent::verdict_on(const Asked& asked, login::Known& known, Judged& judged) {
    const Site& site = *asked.site;
    const bool one_time = is_one_time(site.server, asked.attempt.user);
    std::optional<login::TokenMark> mark;
    if (one_time || options_.aws_throttle) mark = login::mark_of(asked.attempt.token);
    login::Verdict verdict = login::judge(asked.attempt, site.server, known, judged.at);
    const bool is_genuine = !verdict.principal_arn().empty();
    known.over_rate = options_.aws_throttle && is_genuine && mark &&
                      !token_rate_.passes(site.server.resource_id, *mark, judged.at, judged.began);
    if (known.over_rate) return login::judge(asked.attempt, site.server, known, judged.at);
    if (!one_time || !verdict.allowed()) return verdict;
    if (mark && used_tokens_.add(*mark, judged.at)) {
        judged.token_digest = mark->digest;
        return verdict;
    }
    known.already_used = true;
    return login::judge(asked.attempt, site.server, known, judged.at);
}

void Agent::login_refused(const databases::RefusedLogin& login) {
    const std::shared_ptr<const Site> site = site_of(login.resource_id);
    if (site == nullptr) return;
    const std::optional<login::Refusal> refusal = refusal_seen_in_log(login, site->view);
    if (!refusal) return;
    audit::LoginEntry entry = entry_about(site->view, login.time);
    entry.login_id = crypto::random_text(around_.random, id_alphabet, wire::login_id_bytes);
    entry.database_name = login.database;
    entry.user = login.user;
    entry.source_address = login.host;
    entry.decision = "refused";
    entry.check = login::name_of(refusal->check());
    entry.reason_code = login::row_of(refusal->code).name;
    entry.reason = refusal->reason;
    entry.backend_pid = login.pid;
    static_cast<void>(record(entry));  // its failure is in the log, and changes nothing for who was refused
}

void Agent::log_lost(std::string_view resource_id, std::uint64_t bytes) {
    const std::shared_ptr<const Site> site = site_of(resource_id);
    if (site == nullptr) return;
    around_.log.error("login.log_lost", {{"database", site->view.identifier}, {"bytes", bytes}});
    audit::LoginEntry entry = entry_about(site->view, around_.clock.now());
    entry.decision = "noted";
    entry.reason = fmt::format(
        "{} bytes of the log of {} were removed before they were read: it grew too fast; logins that "
        "PostgreSQL refused without asking may be missing here",
        bytes, site->view.identifier);
    static_cast<void>(record(entry));
}

}  // namespace countersign::agent
