#include "agent/agent.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "agent/process_title.h"
#include "agent/refusals.h"
#include "agent/sockets.h"
#include "base/limits.h"
#include "formats/iso_time.h"
#include "wire/login.h"

namespace countersign::agent {

namespace {

constexpr unsigned workers = 4;
constexpr std::string_view id_alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

std::string text_of(const wire::Text& text) {
    return std::string(text.data, text.size);
}

login::Transport transport_of(wire::Transport transport) {
    switch (transport) {
        case wire::Transport::tls:
            return login::Transport::tls;
        case wire::Transport::plain:
            return login::Transport::plain;
        case wire::Transport::unknown:
            break;
    }
    return login::Transport::unknown;
}

login::Membership membership_of(wire::Membership membership) {
    switch (membership) {
        case wire::Membership::yes:
            return login::Membership::member;
        case wire::Membership::no:
            return login::Membership::outsider;
        case wire::Membership::unknown:
            break;
    }
    return login::Membership::unknown;
}

std::string encoded(const login::Verdict& verdict, const std::string& login_id) {
    const std::string reason = std::string(login::name_of(verdict.failed())) + ": " + verdict.reason();
    wire::AnswerView answer;
    answer.verdict = verdict.allowed() ? wire::Verdict::allowed : wire::Verdict::refused;
    answer.login_id = {login_id.data(), login_id.size()};
    if (!verdict.allowed()) answer.reason = {reason.data(), std::min(reason.size(), wire::reason_bytes_max)};
    std::string bytes(wire::answer_bytes_max, '\0');
    bytes.resize(wire::encode_answer(answer, reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
    return bytes;
}

std::string words_for(const policy::DecidedBy& by) {
    return by.policy + ", statement " + std::to_string(by.statement) +
           (by.sid.empty() ? "" : " (" + by.sid + ')');
}

}  // namespace

// One server with its listening socket. Immutable; the socket closes with the last who holds it.
struct Agent::Site {
    databases::ServerView view;
    login::Server server;
    std::shared_ptr<const Descriptor> listener;
};

// One login as it was asked for, with what the kernel says of who asks.
struct Agent::Asked {
    login::Attempt attempt;
    std::string login_id;
    int backend_pid = 0;
};

Agent::Agent(const Surroundings& around, Options options)
    : around_(around), options_(std::move(options)), queue_(limits::logins_waiting_max) {}

Agent::~Agent() {
    stop();
}

Result<void> Agent::start() {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0) return Error{Fault::internal, "cannot make an eventfd"};
    threads_.emplace_back([this] { accept_logins(); });
    for (unsigned i = 0; i < workers; ++i) threads_.emplace_back([this] { answer_logins(); });
    return {};
}

void Agent::stop() {
    if (wake_ < 0) return;
    stopping_ = true;
    ::eventfd_write(wake_, 1);
    queue_.close();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    while (const std::optional<Pending> left = queue_.pop()) ::close(left->connection);
    ::close(wake_);
    wake_ = -1;
}

void Agent::server_up(const databases::ServerView& server) {
    auto site = std::make_shared<Site>();
    site->view = server;
    site->server.resource_id = server.resource_id;
    site->server.region = server.region;
    site->server.account = server.account;
    site->server.iam_enabled = server.iam_enabled;
    site->server.context = options_.context;
    for (const model::Tag& tag : server.tags) site->server.tags.emplace_back(tag.Key, tag.Value);
    for (const databases::Endpoint& endpoint : server.endpoints)
        site->server.endpoints.push_back({endpoint.host, endpoint.port});
    if (const auto before = site_of(server.resource_id);
        before != nullptr && before->view.agent_socket == server.agent_socket) {
        site->listener = before->listener;
    } else {
        Result<Descriptor> listener = listen_at(server.agent_socket);
        if (!listener) {
            around_.log.error("agent.socket",
                              {{"database", server.identifier}, {"reason", listener.error().message}});
            return;
        }
        site->listener = std::make_shared<Descriptor>(*std::move(listener));
    }
    {
        const std::lock_guard lock(mutex_);
        sites_[server.resource_id] = std::move(site);
    }
    ::eventfd_write(wake_, 1);
}

void Agent::server_down(std::string_view resource_id) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = sites_.find(resource_id); found != sites_.end()) sites_.erase(found);
    }
    ::eventfd_write(wake_, 1);
}

std::shared_ptr<const Agent::Site> Agent::site_of(std::string_view resource_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sites_.find(resource_id);
    return found == sites_.end() ? nullptr : found->second;
}

void Agent::accept_logins() {
    while (!stopping_) {
        std::vector<std::shared_ptr<const Site>> sites;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& [id, site] : sites_) sites.push_back(site);
        }
        std::vector<pollfd> waiting{{wake_, POLLIN, 0}};
        for (const auto& site : sites) waiting.push_back({site->listener->number(), POLLIN, 0});
        if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
        eventfd_t ignored = 0;
        ::eventfd_read(wake_, &ignored);
        for (std::size_t i = 0; i < sites.size(); ++i) {
            if (waiting[i + 1].revents == 0) continue;
            const int connection = ::accept4(waiting[i + 1].fd, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) continue;
            if (!queue_.try_push({connection, sites[i]->view.resource_id})) ::close(connection);
        }
    }
}

void Agent::answer_logins() {
    while (const std::optional<Pending> pending = queue_.pop()) answer(*pending);
}

// What was asked over this connection; nothing when it is no request of a process of the site's own server.
std::optional<Agent::Asked> Agent::receive(int connection, const Site& site, std::string& message) const {
    const Result<Peer> peer = peer_of(connection);
    if (!peer || peer->uid != site.view.owner || peer->working_directory != site.view.data_directory) {
        around_.log.warn("agent.stranger",
                         {{"database", site.view.identifier},
                          {"pid", peer ? peer->pid : 0},
                          {"reason", peer ? "not a process of this server" : peer.error().message}});
        return std::nullopt;
    }
    message = receive_message(connection, wire::request_bytes_max);
    wire::RequestView request;
    if (!wire::decode_request(reinterpret_cast<const uint8_t*>(message.data()), message.size(), &request))
        return std::nullopt;
    Asked asked;
    asked.attempt.transport = transport_of(request.transport);
    asked.attempt.rds_iam = membership_of(request.membership);
    asked.attempt.user = text_of(request.user);
    asked.attempt.token = std::string_view(request.token.data, request.token.size);
    asked.attempt.source_address = text_of(request.source);
    asked.login_id = crypto::random_text(around_.random, id_alphabet, wire::login_id_bytes);
    asked.backend_pid = peer->pid;
    return asked;
}

void Agent::answer(const Pending& pending) {
    const Descriptor connection(pending.connection);
    const std::shared_ptr<const Site> site = site_of(pending.resource_id);
    if (site == nullptr) return;
    std::string message;  // holds the token; wiped below
    const std::optional<Asked> asked = receive(connection.number(), *site, message);
    if (asked) {
        const login::Verdict verdict = judge(*asked, *site);
        // What cannot be recorded is not answered, and so refused.
        if (record(entry_for(*asked, verdict, *site)))
            send_message(connection.number(), encoded(verdict, asked->login_id));
    }
    ::explicit_bzero(message.data(), message.size());
}

LoginEntry Agent::entry_for(const Asked& asked, const login::Verdict& verdict, const Site& site) const {
    LoginEntry entry;
    entry.time = formats::extended_time(around_.clock.now());
    entry.login_id = asked.login_id;
    entry.agent = options_.name;
    entry.database = site.view.identifier;
    entry.resource_id = site.view.resource_id;
    entry.account = site.view.account;
    entry.region = site.view.region;
    entry.database_name = database_in_title(title_of(asked.backend_pid), asked.attempt.user);
    entry.user = asked.attempt.user;
    entry.source_address = asked.attempt.source_address;
    entry.principal_arn = verdict.principal_arn();
    entry.access_key_id = verdict.access_key_id();
    entry.decision = verdict.allowed() ? "allowed" : "refused";
    entry.check = verdict.allowed() ? "" : login::name_of(verdict.failed());
    entry.reason = verdict.reason();
    if (verdict.decided_by()) entry.policy = words_for(*verdict.decided_by());
    entry.backend_pid = asked.backend_pid;
    return entry;
}

bool Agent::record(const LoginEntry& entry) const {
    const Result<void> recorded = around_.audit.record(entry);
    if (!recorded)
        around_.log.error("login.unrecorded",
                          {{"database", entry.database}, {"reason", recorded.error().message}});
    return static_cast<bool>(recorded);
}

login::Verdict Agent::judge(const Asked& asked, const Site& site) {
    const std::optional<login::ClaimedKey> claimed = login::claimed_key(asked.attempt.token);
    std::shared_ptr<const login::LoginRecord> record;
    login::Known known;
    if (claimed) {
        Result<std::shared_ptr<const login::LoginRecord>> found = around_.records.find(*claimed);
        if (found)
            record = *std::move(found);
        else
            known.unavailable = found.error().message;
        known.record = record.get();
    }
    return login::judge(asked.attempt, site.server, known, around_.clock.now());
}

void Agent::login_refused(const databases::RefusedLogin& login) {
    const std::shared_ptr<const Site> site = site_of(login.resource_id);
    if (site == nullptr) return;
    const std::optional<Refusal> refusal = refusal_seen_in_log(login, site->view);
    if (!refusal) return;
    LoginEntry entry;
    entry.time = formats::extended_time(login.time);
    entry.login_id = crypto::random_text(around_.random, id_alphabet, wire::login_id_bytes);
    entry.agent = options_.name;
    entry.database = site->view.identifier;
    entry.resource_id = login.resource_id;
    entry.account = site->view.account;
    entry.region = site->view.region;
    entry.database_name = login.database;
    entry.user = login.user;
    entry.source_address = login.host;
    entry.decision = "refused";
    entry.check = refusal->check;
    entry.reason = refusal->reason;
    entry.backend_pid = login.pid;
    record(entry);
}

}  // namespace countersign::agent
