#include "proxy/proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "base/thread.h"
#include "proxy/peer.h"

namespace countersign::proxy {

namespace {

constexpr const char* thread_name = "proxy-session";
constexpr int reap_milliseconds = 1000;
constexpr int out_of_descriptors_milliseconds = 100;

}  // namespace

// A client on a thread of its own: what a session waits for most is bytes of either side.
class Proxy::Connection {
public:
    Connection(Descriptor client, const SessionDeps& deps, Result<void> is_own)
        : client_(std::move(client)),
          is_own_(std::move(is_own)),
          thread_(thread_name, deps.log, [this, &deps] {
              guarded(deps.log, thread_name, [&] { serve(deps); });
              client_ = {};
              is_over_ = true;
          }) {}

    bool is_over() const { return is_over_; }

private:
    void serve(const SessionDeps& deps) {
        if (is_own_)
            serve_client(client_, deps);
        else
            refuse_client(client_, {"28000", is_own_.error().message});
    }

    Descriptor client_;
    const Result<void> is_own_;
    std::atomic<bool> is_over_ = false;
    Thread thread_;
};

Proxy::Proxy(std::vector<Listener> listeners, std::string user, LoginMaker& logins, const Log& log)
    : listeners_(std::move(listeners)),
      log_(log),
      stopping_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      deps_{std::move(user), logins, cancel_keys_, log, stopping_.number()} {}

Proxy::~Proxy() = default;

void Proxy::run(int ending) {
    std::vector<pollfd> watched{{ending, POLLIN, 0}};
    for (const Listener& listener : listeners_) watched.push_back({listener.number(), POLLIN, 0});
    while (watched[0].revents == 0) {
        if (::poll(watched.data(), watched.size(), reap_milliseconds) < 0 && errno != EINTR) break;
        for (std::size_t i = 0; i < listeners_.size(); ++i)
            if (watched[i + 1].revents != 0) accept_from(listeners_[i]);
        reap();
    }
    ::eventfd_write(stopping_.number(), 1);
    connections_.clear();
}

void Proxy::accept_from(const Listener& listener) {
    Descriptor client(::accept4(listener.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) {
        if (errno == EMFILE || errno == ENFILE) {
            log_.error("proxy.accept_failed", {{"why", strerror(errno)}});
            ::poll(nullptr, 0, out_of_descriptors_milliseconds);
        }
        return;
    }
    const int on = 1;
    ::setsockopt(client.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // nothing to a unix socket
    Result<void> is_own = check_peer(client.number());
    if (!is_own) log_.warn("proxy.refused", {{"why", is_own.error().message}});
    // Strangers take no place of its own user's, and hear why while there is room.
    if (!is_own && connections_.size() >= limits::proxy_sessions_max / 4) return;
    if (connections_.size() >= limits::proxy_sessions_max) {
        refuse_client(client, {"53300", "the proxy has as many connections as it takes"});
        return;
    }
    connections_.push_back(std::make_unique<Connection>(std::move(client), deps_, std::move(is_own)));
}

void Proxy::reap() {
    std::erase_if(connections_, [](const auto& connection) { return connection->is_over(); });
}

}  // namespace countersign::proxy
