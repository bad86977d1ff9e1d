// Answers that wait for their time without holding a worker. Bounded for each server, because each waiting
// answer holds one of its connections. One thread of its own; safe to call from any other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "agent/sockets.h"
#include "agent/throttle.h"

namespace countersign::agent {

struct DelayedAnswer {
    Descriptor connection;
    std::string message;
    std::string resource_id;  // of the server that waits
};

class DelayedAnswers {
public:
    explicit DelayedAnswers(std::size_t of_one_server_max) : of_one_server_max_(of_one_server_max) {}
    ~DelayedAnswers() { stop(); }
    DelayedAnswers(const DelayedAnswers&) = delete;
    DelayedAnswers& operator=(const DelayedAnswers&) = delete;

    void start();
    void stop();  // sends all that wait

    // Sends it then; at once when the server has so many waiting already.
    void send_at(Monotonic due, DelayedAnswer answer);

private:
    void run();

    const std::size_t of_one_server_max_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::multimap<Monotonic, DelayedAnswer> waiting_;
    std::map<std::string, std::size_t> of_server_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace countersign::agent
