// Answers that wait for their time without holding a worker. Bounded for each server, because each waiting
// answer holds one of its connections. One thread of its own; safe to call from any other.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "agent/sockets.h"
#include "agent/throttle.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace countersign::agent {

struct DelayedAnswer {
    Descriptor connection;
    std::string message;
    std::string resource_id;  // of the server that waits
};

class DelayedAnswers {
public:
    DelayedAnswers(std::size_t of_one_server_max, const Log& log)
        : of_one_server_max_(of_one_server_max), log_(log) {}
    ~DelayedAnswers() { stop(); }
    DelayedAnswers(const DelayedAnswers&) = delete;
    DelayedAnswers& operator=(const DelayedAnswers&) = delete;

    void start();
    void stop();  // sends all that wait

    // Sends it then; at once when the server has so many waiting already.
    void send_at(Monotonic due, DelayedAnswer answer);

private:
    void run();
    std::optional<DelayedAnswer> next_due();
    DelayedAnswer take_first() REQUIRES(mutex_);
    bool is_over();

    const std::size_t of_one_server_max_;
    const Log& log_;
    Mutex mutex_;
    Condition changed_;
    std::multimap<Monotonic, DelayedAnswer> waiting_ GUARDED_BY(mutex_);
    std::map<std::string, std::size_t> of_server_ GUARDED_BY(mutex_);
    bool stopping_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::agent
