// Where logins come in: the listening sockets of all servers, and the connections that were accepted and have
// said nothing yet, so that a silent one holds no worker. Bounded: of the server that has most of them, the
// one that has waited longest makes room. What no worker has taken waits in the kernel, and what finds no
// room there is refused at once. Safe to call from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/sockets.h"
#include "base/mutex.h"
#include "base/result.h"

namespace countersign::agent {

// A connection that has something to say, and the server on whose socket it came.
struct Arrival {
    Descriptor connection;
    std::string server;
};

class Listener {
public:
    Listener(std::size_t silent_max, std::chrono::milliseconds silence_max)
        : silent_max_(silent_max), silence_max_(silence_max) {}

    // Before everything else.
    Result<void> start();

    // Listens for a server; at one place, the newest.
    Result<void> listen(const std::string& server, const std::filesystem::path& socket,
                        Callers callers = Callers::own);
    // Its socket goes.
    void leave(std::string_view server);

    // Waits for the next one: any number of workers may, and each arrival is one worker's. Nothing after
    // stop().
    std::optional<Arrival> next();
    void stop();
    bool is_stopping() const { return stopping_; }

private:
    using Moment = std::chrono::steady_clock::time_point;
    using Number = std::uint64_t;  // in the order of coming

    struct Socket {
        Descriptor socket;
        std::filesystem::path place;
        std::string server;
    };
    using Listeners = std::map<Number, std::shared_ptr<const Socket>>;
    struct PendingConnection {
        Arrival arrival;
        Moment since;
    };

    void forget(Listeners::const_iterator listener) REQUIRES(mutex_);
    int patience() const;
    void close_overdue();
    std::optional<Arrival> accepted(Number number);
    std::optional<Arrival> readable(Number number);
    void make_room() REQUIRES(mutex_);
    void add_pending(Arrival arrival);

    const std::size_t silent_max_;
    const std::chrono::milliseconds silence_max_;
    Descriptor events_;  // an epoll set; what it tells, it tells to one worker, once
    Descriptor wake_;    // an eventfd: the end
    std::atomic<bool> stopping_{false};
    mutable Mutex mutex_;
    Number next_ GUARDED_BY(mutex_) = 1;
    Listeners listeners_ GUARDED_BY(mutex_);
    std::map<Number, PendingConnection> pending_ GUARDED_BY(mutex_);
};

}  // namespace countersign::agent
