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

Agent::Agent(const Deps& deps, Options options)
    : deps_(deps),
      options_(std::move(options)),
      listener_(limits::logins_waiting_max, limits::login_answer_max),
      sessions_({deps.clock, deps.log, deps.audit, options_.terminate}, options_.sessions_file,
                options_.session_age_max),
      review_({sessions_, deps.records, changes_, deps.clock, deps.log},
              [this](std::string_view id) {
                  const auto server_entry = find_database(id);
                  return server_entry == nullptr ? std::nullopt : std::optional(server_entry->server);
              }),
      used_tokens_(limits::tokens_seen_max),
      failure_delay_(limits::failing_sources_max),
      delayed_(limits::answers_delayed_max, deps.log),
      unreadable_(deps.log),
      behind_poolers_("behind-pooler",
                      {limits::pooler_logins_waiting_max, limits::pooler_logins_of_one_max,
                       limits::pooler_logins_running_of_one_max},
                      deps.log) {}

Agent::~Agent() {
    stop();
}

Result<void> Agent::start() {
    TRY(listener_.start());
    TRY(sessions_.start());
    if (options_.end_revoked_sessions) review_.start();
    delayed_.start();
    behind_poolers_.start(limits::pooler_threads);
    const auto ended = [this] { return listener_.is_stopping(); };
    for (unsigned i = 0; i < workers; ++i)
        threads_.emplace_back(
            worker_name, deps_.log, [this] { answer_logins(); }, ended);
    return {};
}

void Agent::stop() {
    listener_.stop();
    threads_.clear();
    behind_poolers_.abandon();
    delayed_.stop();
    review_.stop();
    sessions_.stop();
}

void Agent::server_up(const databases::ServerView& server) {
    auto server_entry = std::make_shared<ServerEntry>();
    server_entry->view = server;
    server_entry->server = login_server_of(server, options_.context);
    // A login that comes as soon as the socket is there finds its server.
    {
        const MutexLock lock(mutex_);
        servers_[server.key()] = std::move(server_entry);
    }
    const Callers callers = server.sole_owner ? Callers::of_directory : Callers::own;
    const Result<void> listening = listener_.listen(server.key(), server.agent_socket, callers);
    if (!listening)
        deps_.log.error("agent.socket",
                        {{"database", server.identifier}, {"reason", listening.error().message}});
    changes_.notify();
}

void Agent::server_down(std::string_view server) {
    listener_.leave(server);
    const MutexLock lock(mutex_);
    if (const auto found = servers_.find(server); found != servers_.end()) servers_.erase(found);
}

std::shared_ptr<const Agent::ServerEntry> Agent::find_server(std::string_view key) const {
    const MutexLock lock(mutex_);
    const auto found = servers_.find(key);
    return found == servers_.end() ? nullptr : found->second;
}

// What policies say is the same for all servers of a cluster.
std::shared_ptr<const Agent::ServerEntry> Agent::find_database(std::string_view resource_id) const {
    const MutexLock lock(mutex_);
    for (const auto& [key, entry] : servers_)
        if (entry->view.resource_id == resource_id) return entry;
    return nullptr;
}

void Agent::remember(const audit::LoginEntry& earlier) {
    const auto time = formats::parse_extended_time(earlier.time);
    if (earlier.decision == audit::Decision::allowed && !earlier.token_digest.empty() && time)
        used_tokens_.add({earlier.token_digest, *time + limits::token_lifetime_max}, deps_.clock.now());
}

void Agent::end_sessions(const SessionEnd& order) {
    const std::size_t ended = sessions_.end(order);
    deps_.log.info("sessions.ended", {{"order", order.id}, {"by", order.by}, {"count", ended}});
}

std::vector<audit::LoginEntry> Agent::live_sessions() const {
    std::vector<audit::LoginEntry> entries;
    for (const auto& [number, session] : sessions_.all()) entries.push_back(session->login);
    return entries;
}

// A login that throws hears nothing, and so is refused.
void Agent::answer_logins() {
    while (std::optional<Arrival> arrival = listener_.next())
        guarded(deps_.log, worker_name, [&] { answer(*std::move(arrival)); });
}

// Reads what was asked; false when it is no request of a process of the site's own server.
bool Agent::receive(LoginRequest& request) const {
    const databases::ServerView& server = request.server_entry->view;
    const Result<Peer> peer = peer_of(request.connection.number());
    const Result<void> known = peer ? check_peer(*peer, server) : peer.error();
    if (!known && known.error().fault == Fault::not_found) return false;  // it gave up waiting
    if (!known) {
        deps_.log.warn("agent.stranger", {{"database", server.identifier},
                                          {"pid", peer ? peer->pid : 0},
                                          {"reason", known.error().message}});
        return false;
    }
    request.message = Secret(receive_message(request.connection.number(), wire::request_bytes_max));
    std::optional<WireRequest> question = read_question(request.message.reveal());
    request.login_id = crypto::random_text(deps_.random, id_alphabet, wire::login_id_bytes);
    request.backend_pid = peer->pid;
    if (!question) {
        refuse_unreadable(request);
        return false;
    }
    request.wire_version = question->wire_version;
    request.attempt = std::move(question->attempt);
    if (server.kind == databases::Kind::pooler) request.attempt.rds_iam = login::Membership::unknown;
    request.database_name = question->database_name.empty()
                                ? printable(database_in_title(title_of(peer->pid), request.attempt.user),
                                            limits::recorded_name_bytes_max)
                                : std::move(question->database_name);
    request.application_name = std::move(question->application_name);
    return true;
}

// A peer that went without a word is none.
void Agent::refuse_unreadable(const LoginRequest& request) const {
    const std::string_view message = request.message.reveal();
    if (message.empty()) return;
    unreadable_.note(request.server_entry->view, request.backend_pid, message, request.came);
    const std::uint16_t wire_version = version_to_answer(message);
    if (wire_version != 0)
        send_message(request.connection.number(), refusal_for("agent: the login hook's request is malformed",
                                                              request.login_id, wire_version));
}

void Agent::answer(Arrival arrival) {
    const std::shared_ptr<const ServerEntry> server_entry = find_server(arrival.server);
    if (server_entry == nullptr) return;
    const auto request = std::make_shared<LoginRequest>(std::move(arrival.connection), server_entry);
    if (!receive(*request)) return;
    const bool is_pooler = server_entry->view.kind == databases::Kind::pooler;
    expect_user(*request);
    if (!is_pooler || !ask_behind_pooler(request)) decide(request);
}

// The server behind a pooler may not answer for seconds: threads of their own wait for it. False when these
// have enough to do, or their share for the account; what the server would say stays unknown then.
bool Agent::ask_behind_pooler(const std::shared_ptr<LoginRequest>& request) {
    return behind_poolers_.offer(request->server_entry->view.account, [this, request] {
        // Nobody waits any longer for the answer to what waited here for so long.
        if (std::chrono::steady_clock::now() < request->came + limits::login_answer_max)
            request->attempt.rds_iam = deps_.membership(request->server_entry->view, request->attempt.user);
        decide(request);
    });
}

void Agent::decide(const std::shared_ptr<LoginRequest>& request) {
    const LoginDecision decision = judge(*request);
    if (request->groups_on_demand && decision.verdict.allowed()) return make_user(request, decision);
    conclude(*request, decision);
}

void Agent::conclude(LoginRequest& request, const LoginDecision& decision) {
    audit::LoginEntry entry = entry_for(request, decision);
    if (decision.verdict.allowed())
        admit(decision, std::move(entry), *request.server_entry, request.connection);
    else
        reject(decision, entry, std::move(request.connection));
}

// What cannot be recorded is refused; what cannot be followed, where sessions are to end by themselves, is
// not answered, and so refused. The session is known before the audit has it, so that nothing escapes an end.
void Agent::admit(const LoginDecision& decision, audit::LoginEntry entry, const ServerEntry& server_entry,
                  const Descriptor& connection) {
    const Result<Sessions::Number> number = begin_session(decision, entry, server_entry, connection);
    if (!number && number.error().fault != Fault::unsupported) {
        deps_.log.warn("session.unfollowed", {{"login", entry.login_id}, {"reason", number.error().message}});
        if (options_.end_revoked_sessions || options_.session_age_max) return;
    }
    BegunSession session(sessions_, deps_.log, number ? std::optional(*number) : std::nullopt);
    if (const Result<void> recorded = record(entry); !recorded)
        return send_message(connection.number(), refusal_for("agent: " + recorded.error().message,
                                                             entry.login_id, decision.wire_version));
    session.follow();
    // A review that began meanwhile may not have seen the session.
    if (changes_.notifications() != decision.notifications) changes_.notify();
    send_message(connection.number(), answer_for(decision.verdict, entry.login_id, decision.wire_version));
}

Result<Sessions::Number> Agent::begin_session(const LoginDecision& decision, audit::LoginEntry& entry,
                                              const ServerEntry& server_entry, const Descriptor& connection) {
    if (server_entry.view.kind == databases::Kind::pooler)
        return Error{Fault::unsupported, "one process serves all sessions of a pooler"};
    Backend backend = TRY(Backend::hold(static_cast<int>(entry.backend_pid)));
    pollfd hung_up{connection.number(), 0, 0};
    if (::poll(&hung_up, 1, 0) != 0)  // while it is open, the process that opened it lives
        return Error{Fault::not_found, "the backend has gone"};
    entry.backend_started = backend.identity().started;
    const bool told_by_place = !server_entry.view.sole_owner;
    LiveSession session{entry, decision.at, decision.session_token,
                        told_by_place ? server_entry.view.data_directory.string() : std::string(),
                        backend.identity().boot_id};
    return sessions_.begin(std::move(session), std::move(backend));
}

void Agent::reject(const LoginDecision& decision, const audit::LoginEntry& entry, Descriptor connection) {
    const Result<void> recorded = record(entry);
    std::string answer =
        recorded ? answer_for(decision.verdict, entry.login_id, decision.wire_version)
                 : refusal_for("agent: " + recorded.error().message, entry.login_id, decision.wire_version);
    const auto delay = decision.clients_fault ? failure_delay_.refused(entry.source_address, decision.began)
                                              : std::chrono::milliseconds(0);
    if (delay.count() == 0)
        send_message(connection.number(), answer);
    else
        delayed_.send_at(decision.began + delay,
                         {std::move(connection), std::move(answer), entry.resource_id});
}

audit::LoginEntry Agent::entry_about(const databases::ServerView& server, Instant time) const {
    audit::LoginEntry entry;
    entry.time = formats::extended_time(time);
    entry.agent = options_.name;
    entry.database = server.identifier;
    entry.instance = server.instance;
    entry.resource_id = server.resource_id;
    entry.account = server.account;
    entry.region = server.region;
    return entry;
}

audit::LoginEntry Agent::entry_for(const LoginRequest& request, const LoginDecision& decision) const {
    const login::Verdict& verdict = decision.verdict;
    audit::LoginEntry entry = entry_about(request.server_entry->view, deps_.clock.now());
    entry.login_id = request.login_id;
    entry.database_name = request.database_name;
    entry.application_name = request.application_name;
    entry.user = request.attempt.user;
    entry.source_address = request.attempt.source_address;
    entry.principal_arn = verdict.principal_arn();
    entry.access_key_id = verdict.access_key_id();
    entry.decision = verdict.allowed() ? audit::Decision::allowed : audit::Decision::refused;
    entry.check = verdict.allowed() ? "" : login::name_of(verdict.failed());
    entry.reason_code = verdict.allowed() ? "" : login::row_of(verdict.code()).name;
    entry.code = audit::error_code(verdict, request.attempt.token, deps_.clock.now());
    entry.reason = verdict.reason() + std::string(decision.note);
    entry.trail = verdict.trail();
    if (verdict.decided_by()) entry.policy = words_for(*verdict.decided_by());
    entry.backend_pid = request.backend_pid;
    entry.token_digest = decision.token_digest;
    if (!verdict.principal_arn().empty()) {
        entry.session_name = decision.record->principal->session_name;
        entry.source_identity = decision.record->principal->source_identity;
    }
    const auto latency = std::chrono::steady_clock::now() - decision.began;
    entry.latency_us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
    return entry;
}

Result<void> Agent::record(const audit::LoginEntry& entry) const {
    Result<void> recorded = deps_.audit.record(entry);
    if (!recorded)
        deps_.log.error("login.unrecorded",
                        {{"database", entry.database}, {"reason", recorded.error().message}});
    return recorded;
}

Agent::LoginDecision Agent::judge(const LoginRequest& request) {
    LoginDecision decision;
    decision.began = std::chrono::steady_clock::now();
    decision.wire_version = request.wire_version;
    decision.at = deps_.clock.now();
    decision.notifications = changes_.notifications();
    std::optional<login::ClaimedKey> claimed = login::claimed_key(request.attempt.token);
    login::KeyFacts known;
    if (claimed) {
        Result<std::shared_ptr<const login::LoginRecord>> found = deps_.records.find(*claimed);
        if (found)
            decision.record = *std::move(found);
        else
            known.unavailable = found.error().message;
        known.record = decision.record.get();
        decision.session_token = std::move(claimed->session_token);
    }
    decision.verdict = verdict_on(request, known, decision);
    decision.clients_fault = known.unavailable.empty() && decision.verdict.failed() != login::Check::throttle;
    return decision;
}

// With what this agent has seen of the token. A token that is good for once is used up by the login that it
// lets in, and by no other; of two at the same time one finds it used. Only a token whose signature was right
// counts for the rate.
login::Verdict Agent::verdict_on(const LoginRequest& request, login::KeyFacts& known,
                                 LoginDecision& decision) {
    const ServerEntry& server_entry = *request.server_entry;
    const bool one_time = is_one_time(server_entry.server, request.attempt.user);
    std::optional<login::TokenMark> mark;
    if (one_time || options_.aws_throttle) mark = login::mark_of(request.attempt.token);
    login::Verdict verdict = login::judge(request.attempt, server_entry.server, known, decision.at);
    const bool is_genuine = !verdict.principal_arn().empty();
    known.over_rate =
        options_.aws_throttle && is_genuine && mark &&
        !token_rate_.passes(server_entry.server.resource_id, *mark, decision.at, decision.began);
    if (known.over_rate) return login::judge(request.attempt, server_entry.server, known, decision.at);
    if (!one_time || !verdict.allowed()) return verdict;
    if (mark && used_tokens_.add(*mark, decision.at)) {
        decision.token_digest = mark->digest;
        return verdict;
    }
    known.already_used = true;
    return login::judge(request.attempt, server_entry.server, known, decision.at);
}

void Agent::login_refused(const databases::RefusedLogin& login) {
    const std::shared_ptr<const ServerEntry> server_entry = find_server(login.server);
    if (server_entry == nullptr) return;
    const std::optional<login::Refusal> refusal = refusal_seen_in_log(login, server_entry->view);
    if (!refusal) return;
    audit::LoginEntry entry = entry_about(server_entry->view, login.time);
    entry.login_id = crypto::random_text(deps_.random, id_alphabet, wire::login_id_bytes);
    entry.database_name = login.database;
    entry.user = login.user;
    entry.source_address = login.host;
    entry.decision = audit::Decision::refused;
    entry.check = login::name_of(refusal->check());
    entry.reason_code = login::row_of(refusal->code).name;
    entry.reason = refusal->reason;
    entry.backend_pid = login.pid;
    static_cast<void>(record(entry));  // its failure is in the log, and changes nothing for who was refused
}

void Agent::log_lost(std::string_view server, std::uint64_t bytes) {
    const std::shared_ptr<const ServerEntry> server_entry = find_server(server);
    if (server_entry == nullptr) return;
    deps_.log.error("login.log_lost", {{"database", server_entry->view.identifier}, {"bytes", bytes}});
    audit::LoginEntry entry = entry_about(server_entry->view, deps_.clock.now());
    entry.decision = audit::Decision::noted;
    entry.reason = fmt::format(
        "{} bytes of the log of {} were removed before they were read: it grew too fast; logins that "
        "PostgreSQL refused without asking may be missing here",
        bytes, server_entry->view.identifier);
    static_cast<void>(record(entry));
}

}  // namespace countersign::agent
