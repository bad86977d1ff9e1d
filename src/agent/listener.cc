#include "agent/listener.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace countersign::agent {

namespace {

constexpr std::uint64_t arrivals_wake_number = 0;

bool watch(const Descriptor& events, int operation, int descriptor, std::uint32_t what,
           std::uint64_t number) {
    epoll_event event{};
    event.events = what;
    event.data.u64 = number;
    return ::epoll_ctl(events.number(), operation, descriptor, &event) == 0;
}

Error no_watch() {
    return Error{Fault::internal, std::string("logins cannot be waited for: ") + std::strerror(errno)};
}

// Asking again at once would find no room again.
void wait_for_room() {
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace

Result<void> Listener::start() {
    events_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!events_ || !wake_ || !watch(events_, EPOLL_CTL_ADD, wake_.number(), EPOLLIN, arrivals_wake_number))
        return no_watch();
    return {};
}

void Listener::stop() {
    stopping_ = true;
    if (wake_) ::eventfd_write(wake_.number(), 1);
    const MutexLock lock(mutex_);
    listeners_.clear();
    pending_.clear();
}

Result<void> Listener::listen(const std::string& server, const std::filesystem::path& socket,
                              Callers callers) {
    const MutexLock lock(mutex_);
    const auto own = [&](const auto& entry) { return entry.second->server == server; };
    const auto before = std::ranges::find_if(listeners_, own);
    if (before != listeners_.end() && before->second->place == socket) return {};
    auto listener = std::make_shared<Socket>();
    listener->socket = TRY(listen_at(socket, callers));
    listener->place = socket;
    listener->server = server;
    const Number number = next_++;
    if (!watch(events_, EPOLL_CTL_ADD, listener->socket.number(), EPOLLIN | EPOLLONESHOT, number))
        return no_watch();
    if (before != listeners_.end()) forget(before);
    listeners_.emplace(number, std::move(listener));
    return {};
}

void Listener::leave(std::string_view server) {
    const MutexLock lock(mutex_);
    const auto found =
        std::ranges::find_if(listeners_, [&](const auto& entry) { return entry.second->server == server; });
    if (found != listeners_.end()) forget(found);
}

// Who asks there afterwards finds no socket, and not one at which nobody listens.
void Listener::forget(Listeners::const_iterator listener) {
    std::error_code ignored;
    std::filesystem::remove(listener->second->place, ignored);
    listeners_.erase(listener);
}

std::optional<Arrival> Listener::next() {
    while (!stopping_) {
        epoll_event event{};
        const int count = ::epoll_wait(events_.number(), &event, 1, patience());
        close_overdue();
        if (stopping_ || count != 1) continue;
        std::optional<Arrival> arrival = readable(event.data.u64);
        if (!arrival) arrival = accepted(event.data.u64);
        if (arrival) return arrival;
    }
    return std::nullopt;
}

// In milliseconds, or -1.
int Listener::patience() const {
    const MutexLock lock(mutex_);
    if (pending_.empty()) return -1;
    const auto left = pending_.begin()->second.since + silence_max_ - std::chrono::steady_clock::now();
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left);
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(whole.count(), 0));
}

void Listener::close_overdue() {
    const MutexLock lock(mutex_);
    while (!pending_.empty() &&
           pending_.begin()->second.since + silence_max_ <= std::chrono::steady_clock::now())
        pending_.erase(pending_.begin());
}

std::optional<Arrival> Listener::accepted(Number number) {
    std::shared_ptr<const Socket> listener;
    {
        const MutexLock lock(mutex_);
        const auto found = listeners_.find(number);
        if (found == listeners_.end()) return std::nullopt;
        listener = found->second;
    }
    Descriptor connection(::accept4(listener->socket.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) wait_for_room();
    static_cast<void>(
        watch(events_, EPOLL_CTL_MOD, listener->socket.number(), EPOLLIN | EPOLLONESHOT, number));
    if (!connection) return std::nullopt;
    pollfd speaks{connection.number(), POLLIN, 0};
    Arrival arrival{std::move(connection), listener->server};
    if (::poll(&speaks, 1, 0) == 1) return arrival;
    add_pending(std::move(arrival));
    return std::nullopt;
}

// The oldest of the server that has the most goes: what the processes of one server do costs no other's a
// login.
void Listener::make_room() {
    std::map<std::string_view, std::size_t> counts;
    for (const auto& [number, silent] : pending_) ++counts[silent.arrival.server];
    const std::string_view most =
        std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; })->first;
    pending_.erase(std::ranges::find_if(
        pending_, [&](const auto& entry) { return entry.second.arrival.server == most; }));
}

void Listener::add_pending(Arrival arrival) {
    const MutexLock lock(mutex_);
    if (stopping_) return;
    if (pending_.size() >= silent_max_) make_room();
    const Number number = next_++;
    if (watch(events_, EPOLL_CTL_ADD, arrival.connection.number(), EPOLLIN | EPOLLONESHOT, number))
        pending_.emplace(number, PendingConnection{std::move(arrival), std::chrono::steady_clock::now()});
}

std::optional<Arrival> Listener::readable(Number number) {
    const MutexLock lock(mutex_);
    const auto found = pending_.find(number);
    if (found == pending_.end()) return std::nullopt;
    Arrival arrival = std::move(found->second.arrival);
    pending_.erase(found);
    return arrival;
}

}  // namespace countersign::agent
