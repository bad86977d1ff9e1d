#include "proxy/session.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/limits.h"
#include "proxy/relay.h"

namespace countersign::proxy {

namespace {

constexpr std::string_view cannot_connect = "08001";
constexpr std::string_view bad_protocol = "08P01";
constexpr std::string_view not_authorized = "28000";

void say_last(const Descriptor& client, std::string_view bytes) {
    static_cast<void>(::send(client.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    ::shutdown(client.number(), SHUT_WR);
    // What it still sends would have the kernel throw away what it was told.
    const Deadline deadline(limits::refusal_heard_max);
    std::array<char, 4096> rest{};
    while (wait_for(client.number(), POLLIN, {}, deadline))
        if (::recv(client.number(), rest.data(), rest.size(), 0) <= 0) return;
}

class Session {
public:
    Session(const Descriptor& client, const SessionDeps& deps)
        : client_(client), deps_(deps), interrupts_{deps.stopping, client.number()} {}

    void run() {
        const auto packet = read_startup();
        if (!packet) return;
        const auto startup = parse_startup(*packet);
        if (!startup)
            refuse(bad_protocol, startup.error());
        else if (startup->kind == StartupKind::cancel)
            cancel(*startup, *packet);
        else if (const auto refusal = user_refusal(*startup, deps_.user))
            refuse(*refusal);
        else
            open(*packet);
    }

private:
    void refuse(const Refusal& refusal) {
        deps_.log.warn("proxy.failed", {{"why", refusal.message}});
        refuse_client(client_, refusal);
    }
    void refuse(std::string_view sqlstate, const Error& error) { refuse({sqlstate, error.message}); }

    // Exactly so many bytes, or nothing when the client is gone or slow.
    std::optional<std::string> read_bytes(std::size_t count, const Deadline& deadline) const {
        std::string bytes(count, '\0');
        for (std::size_t have = 0; have < count;) {
            const ssize_t more = ::recv(client_.number(), bytes.data() + have, count - have, 0);
            if (more > 0) have += static_cast<std::size_t>(more);
            if (more == 0 || (more < 0 && errno != EAGAIN && errno != EINTR)) return std::nullopt;
            if (have < count && !wait_for(client_.number(), POLLIN, {deps_.stopping, -1}, deadline))
                return std::nullopt;
        }
        return bytes;
    }

    bool answer(std::string_view bytes) const {
        return ::send(client_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }

    // The first message that asks for something else than encryption. Nothing: the client is served already.
    std::optional<std::string> read_startup() {
        const Deadline deadline(limits::startup_read_max);
        for (int requests = 0; requests <= limits::encryption_requests_max; ++requests) {
            const auto head = read_bytes(length_bytes, deadline);
            if (!head) return std::nullopt;
            const auto length = startup_length(*head);
            if (!length) {
                refuse(bad_protocol, length.error());
                return std::nullopt;
            }
            const auto rest = read_bytes(*length - length_bytes, deadline);
            if (!rest) return std::nullopt;
            std::string packet = *head + *rest;
            const auto startup = parse_startup(packet);
            if (!startup || startup->kind != StartupKind::encryption) return packet;
            if (!answer("N")) return std::nullopt;
        }
        refuse({bad_protocol, "it asks for encryption again and again"});
        return std::nullopt;
    }

    // As PostgreSQL, it says nothing, whatever comes of it.
    void cancel(const Startup& startup, const std::string& packet) {
        const auto address = deps_.cancel_keys.find(startup.cancel_key);
        if (!address) return;
        const Deadline deadline(limits::server_connect_max);
        const Interrupts interrupts{deps_.stopping, -1};
        auto server = connect_again(*address, interrupts, deadline);
        auto sent = server ? send_all(*server, packet, interrupts, deadline) : Result<void>(server.error());
        if (!sent) {
            deps_.log.warn("proxy.cancel_failed", {{"why", sent.error().message}});
            return;
        }
        // The server hangs up once it has passed the request on; the client waits for that.
        static_cast<void>(receive(*server, interrupts, deadline));
    }

    void open(const std::string& packet) {
        const auto login = deps_.logins.make();
        if (!login) return refuse(not_authorized, login.error());
        const Deadline deadline(limits::server_login_max);
        auto server = connect_server(*login, interrupts_, deadline);
        auto sent = server ? send_all(server->connection, packet, interrupts_, deadline)
                           : Result<void>(server.error());
        if (!sent) {
            deps_.logins.forget();
            return refuse(cannot_connect, sent.error());
        }
        if (!log_in(*server, *login, deadline)) return;
        if (start_session(*server))
            relay(client_.number(), server->connection, messages_.take_rest(), deps_.stopping);
        if (!cancel_key_.empty()) deps_.cancel_keys.remove(cancel_key_);
        server->connection.close();
    }

    // The next whole message; nothing when that ended the session, which the client was told.
    std::optional<ServerMessage> next_message(TlsConnection& server,
                                              const std::optional<Deadline>& deadline) {
        while (true) {
            auto message = messages_.next();
            if (message && *message) return **std::move(message);
            auto bytes =
                message ? receive(server, interrupts_, deadline) : Result<std::string>(message.error());
            if (!bytes) {
                refuse(cannot_connect, bytes.error());
                return std::nullopt;
            }
            messages_.add(*bytes);
        }
    }

    // Up to AuthenticationOk, which the client is told.
    bool log_in(Connected& server, const ServerLogin& login, const Deadline& deadline) {
        while (const auto message = next_message(server.connection, deadline)) {
            const auto asked = message->kind == 'R' ? authentication_asked(*message) : std::nullopt;
            const bool is_question = message->kind == 'R' && asked != authentication_ok;
            if (is_question ? !prove(server, login, asked, deadline) : !pass_on(*message)) return false;
            if (asked == authentication_ok) return true;
        }
        return false;
    }

    // With the token, where that is what the server asks for.
    bool prove(Connected& server, const ServerLogin& login, std::optional<std::uint32_t> asked,
               const Deadline& deadline) {
        if (asked != authentication_cleartext) {
            refuse({not_authorized, asked_otherwise(login), "See countersign doctor, and GRANT rds_iam."});
            return false;
        }
        const Secret password(password_message(login.token.reveal()));
        const auto sent = send_all(server.connection, password.reveal(), interrupts_, deadline);
        if (!sent) refuse(cannot_connect, sent.error());
        return bool(sent);
    }

    static std::string asked_otherwise(const ServerLogin& login) {
        return fmt::format(
            "the server asks \"{}\" for another proof than a token; is it a member of rds_iam?", login.user);
    }

    // An error is the server's own word, and its last.
    bool pass_on(const ServerMessage& message) {
        if (message.kind != 'E') return answer(message.bytes);
        deps_.logins.forget();
        deps_.log.warn("proxy.failed", {{"why", "the server refused the login"}});
        say_last(client_, message.bytes);
        return false;
    }

    // Up to BackendKeyData, or ReadyForQuery where the server has no key. False: it is over.
    bool start_session(Connected& server) {
        while (const auto message = next_message(server.connection, std::nullopt)) {
            if (message->kind == 'K') {
                cancel_key_ = message->body();
                deps_.cancel_keys.add(cancel_key_, server.address);
            }
            if (!pass_on(*message)) return false;
            if (message->kind == 'K' || message->kind == 'Z') return true;
        }
        return false;
    }

    const Descriptor& client_;
    const SessionDeps& deps_;
    const Interrupts interrupts_;
    ServerMessages messages_;
    std::string cancel_key_;
};

}  // namespace

void CancelKeys::add(const std::string& key, const ServerAddress& address) {
    const MutexLock lock(mutex_);
    by_key_.insert_or_assign(key, address);
}

void CancelKeys::remove(const std::string& key) {
    const MutexLock lock(mutex_);
    by_key_.erase(key);
}

std::optional<ServerAddress> CancelKeys::find(const std::string& key) const {
    const MutexLock lock(mutex_);
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

void serve_client(const Descriptor& client, const SessionDeps& deps) {
    Session(client, deps).run();
}

void refuse_client(const Descriptor& client, const Refusal& refusal) {
    say_last(client, error_response(refusal));
}

}  // namespace countersign::proxy
