// A fixed number of threads that run jobs from a bounded queue, in the order in which they came, but of one
// owner no more at the same time than its share. A full queue refuses at once instead of waiting, and so does
// one in which the owner has its share. Jobs must not throw. The destructor runs what is still queued, then
// joins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace countersign::http {

class Workers {
public:
    using Job = std::function<void()>;

    struct Limits {
        std::size_t waiting;
        std::size_t of_one;  // owner: waiting or running
        std::size_t running_of_one = SIZE_MAX;
    };

    explicit Workers(const Limits& limits) : limits_(limits) {}
    ~Workers() { finish(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Once, before the first offer.
    void start(unsigned threads);
    // False when as many jobs as allowed are waiting already, or are the owner's, or after finish().
    bool offer(const std::string& owner, Job job);
    // No more offers; returns when every job accepted so far has run.
    void finish();

private:
    struct Waiting {
        std::string owner;
        Job job;
    };
    struct Owned {
        std::size_t unfinished = 0;  // waiting or running
        std::size_t running = 0;
    };
    void work();
    std::deque<Waiting>::iterator next();
    void ended(const std::string& owner);

    const Limits limits_;
    std::size_t unfinished_max_ = 0;  // waiting ones and one for each thread
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::deque<Waiting> waiting_;
    std::size_t unfinished_ = 0;  // waiting or running
    std::map<std::string, Owned> owners_;
    bool finished_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace countersign::http
