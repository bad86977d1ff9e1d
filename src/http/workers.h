// A fixed number of threads that run jobs from a bounded queue. A full queue refuses at once instead of
// waiting. Jobs must not throw. The destructor runs what is still queued, then joins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace countersign::http {

class Workers {
public:
    using Job = std::function<void()>;

    explicit Workers(std::size_t waiting_max) : waiting_max_(waiting_max) {}
    ~Workers() { finish(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Once, before the first offer.
    void start(unsigned threads);
    // False when as many jobs as allowed are waiting already, or after finish().
    bool offer(Job job);
    // No more offers; returns when every job accepted so far has run.
    void finish();

private:
    void work();

    const std::size_t waiting_max_;
    std::size_t unfinished_max_ = 0;  // waiting ones and one for each thread
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;     // guarded by mutex_
    std::size_t unfinished_ = 0;  // guarded by mutex_; waiting and running ones
    bool finished_ = false;       // guarded by mutex_
    std::vector<std::thread> threads_;
};

}  // namespace countersign::http
