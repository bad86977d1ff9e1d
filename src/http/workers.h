// A fixed number of threads that run jobs from a bounded queue, in the order in which they came, but of one
// owner no more at the same time than its share. A full queue refuses at once instead of waiting, and so does
// one in which the owner has its share. A job that throws is logged. The destructor runs what is still
// queued, then joins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace countersign::http {

class Workers {
public:
    using Job = std::function<void()>;

    struct Limits {
        std::size_t waiting;
        std::size_t of_one;  // owner: waiting or running
        std::size_t running_of_one = SIZE_MAX;
    };

    // The name is that of its threads, 15 bytes at most.
    Workers(std::string name, const Limits& limits, const Log& log)
        : name_(std::move(name)), limits_(limits), log_(log) {}
    ~Workers() { finish(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Once, before the first offer.
    void start(unsigned threads);
    // False when as many jobs as allowed are waiting already, or are the owner's, or after finish().
    bool offer(const std::string& owner, Job job);
    // No more offers; returns when every job accepted so far has run.
    void finish() { end(Waiting::run); }
    // The same when those that run have ended; those that wait are dropped.
    void abandon() { end(Waiting::drop); }

private:
    enum class Waiting { run, drop };
    struct Queued {
        std::string owner;
        Job job;
    };
    struct Owned {
        std::size_t unfinished = 0;  // waiting or running
        std::size_t running = 0;
    };
    void work();
    void end(Waiting waiting);
    std::deque<Queued>::iterator next() REQUIRES(mutex_);
    void ended(const std::string& owner) REQUIRES(mutex_);

    const std::string name_;
    const Limits limits_;
    const Log& log_;
    std::size_t unfinished_max_ = 0;  // waiting ones and one for each thread
    Mutex mutex_;
    Condition changed_;
    std::deque<Queued> waiting_ GUARDED_BY(mutex_);
    std::size_t unfinished_ GUARDED_BY(mutex_) = 0;  // waiting or running
    std::map<std::string, Owned> owners_ GUARDED_BY(mutex_);
    bool finished_ GUARDED_BY(mutex_) = false;
    std::vector<Thread> threads_;
};

}  // namespace countersign::http
