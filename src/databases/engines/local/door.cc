#include "databases/engines/local/door.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "databases/engines/local/handing_over.h"
#include "databases/engines/local/listening.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto warning_pause = 5s;
constexpr auto pause_without_means = 100ms;
constexpr std::size_t events_max = 32;

bool watch(const Descriptor& watched, const Descriptor& one) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = one.number()}};
    return ::epoll_ctl(watched.number(), EPOLL_CTL_ADD, one.number(), &event) == 0;
}

// What concerns that connection alone.
bool is_of_one_connection(int failure) {
    return failure == EAGAIN || failure == EINTR || failure == ECONNABORTED;
}

}  // namespace

Door::Door(const Log& log, std::string endpoint_host, bool everywhere)
    : log_(log),
      endpoint_host_(std::move(endpoint_host)),
      everywhere_(everywhere),
      watched_(::epoll_create1(EPOLL_CLOEXEC)),
      alarm_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!watched_ || !alarm_ || !watch(watched_, alarm_)) throw std::runtime_error("no epoll, no eventfd");
}

Door::~Door() {
    stop();
}

void Door::start() {
    if (thread_.joinable()) return;
    ending_ = false;
    thread_ = Thread(
        "door", log_, [this] { run(); }, [this] { return ending_.load(); });
}

void Door::stop() {
    ending_ = true;
    std::uint64_t count = 1;
    static_cast<void>(::write(alarm_.number(), &count, sizeof count) > 0);
    thread_.join();
    static_cast<void>(::read(alarm_.number(), &count, sizeof count) > 0);
    const MutexLock lock(mutex_);
    for (auto& [place, opened] : opened_) close_listeners(opened);
    opened_.clear();
}

bool Door::retarget(const model::Place& place, const std::vector<DoorTarget>& targets) {
    const MutexLock lock(mutex_);
    const auto found = opened_.find(place);
    if (found == opened_.end()) return false;
    if (found->second.targets == targets) return true;
    found->second.targets = targets;
    found->second.turn = 0;
    return true;
}

Result<std::vector<Descriptor>> Door::listen(const model::Place& place) const {
    if (place.own_host) return listen_at_host(place.host, place.port);
    const bool everywhere = everywhere_ || endpoint_host_ != "localhost";
    return listen_at(everywhere ? Reach::everywhere : Reach::loopback, place.port);
}

Result<void> Door::open(const model::Place& place, std::vector<DoorTarget> targets) {
    if (retarget(place, targets)) return {};
    const MutexLock alone(binding_);
    if (retarget(place, targets)) return {};  // another thread was quicker
    std::vector<Descriptor> listeners = TRY(listen(place));
    const MutexLock lock(mutex_);
    for (const Descriptor& listener : listeners)
        if (!watch(watched_, listener)) return Error{Fault::unavailable, strerror(errno)};
    opened_[place] = Opened{std::move(listeners), std::move(targets)};
    return {};
}

// Another process that is about to be another program may have them, too: they listen no more even so.
void Door::close_listeners(Opened& opened) const {
    for (const Descriptor& listener : opened.listeners) {
        ::epoll_ctl(watched_.number(), EPOLL_CTL_DEL, listener.number(), nullptr);
        ::shutdown(listener.number(), SHUT_RDWR);
    }
    opened.listeners.clear();
}

void Door::close(const model::Place& place) {
    const MutexLock lock(mutex_);
    const auto found = opened_.find(place);
    if (found == opened_.end()) return;
    close_listeners(found->second);
    opened_.erase(found);
}

void Door::run() {
    std::array<epoll_event, events_max> happened{};
    while (!ending_) {
        const int count = ::epoll_wait(watched_.number(), happened.data(), happened.size(), -1);
        for (int i = 0; i < count; ++i)
            if (!admit(happened[static_cast<std::size_t>(i)].data.fd)) pause();
    }
}

// Without descriptors or memory a connection stays where it is, and would be reported again at once.
void Door::pause() {
    pollfd alarm{alarm_.number(), POLLIN, 0};
    ::poll(&alarm, 1, static_cast<int>(std::chrono::milliseconds(pause_without_means).count()));
}

// False when this process has no means for more. A socket that was closed since, or is not a listener any
// more, is nobody's.
bool Door::admit(int listener) {
    const MutexLock lock(mutex_);
    const auto found = std::ranges::find_if(opened_, [&](const auto& one) {
        return std::ranges::count(one.second.listeners, listener, &Descriptor::number) > 0;
    });
    if (found == opened_.end()) return true;
    auto& [place, opened] = *found;
    Client client;
    client.connection = Descriptor(::accept4(listener, reinterpret_cast<sockaddr*>(&client.address),
                                             &client.address_size, SOCK_CLOEXEC));
    if (client.connection) {
        find_taker(place, opened, client);
        return true;
    }
    if (is_of_one_connection(errno)) return true;
    warn(place, opened, strerror(errno));
    return false;
}

void Door::find_taker(const model::Place& place, Opened& opened, const Client& client) {
    std::string error = "no server is there";
    const std::size_t first = opened.turn;
    for (std::size_t i = 0; i < opened.targets.size(); ++i) {
        const std::size_t next = (first + i) % opened.targets.size();
        const Result<void> taken = hand_over(client, opened.targets[next]);
        if (taken) {
            opened.turn = next + 1;
            return;
        }
        error = taken.error().message;
    }
    warn(place, opened, error);
}

void Door::warn(const model::Place& place, Opened& opened, const std::string& error) {
    const Clock::time_point now = Clock::now();
    if (opened.warned_at != Clock::time_point{} && now - opened.warned_at < warning_pause) return;
    opened.warned_at = now;
    log_.warn(
        "door.refused",
        {{"host", place.own_host ? place.host : endpoint_host_}, {"port", place.port}, {"error", error}});
}

}  // namespace countersign::databases::local
