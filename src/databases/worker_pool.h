// A few threads that do jobs in the order in which they came. Submit from any thread.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace countersign::databases {

class WorkerPool {
public:
    using Job = std::function<void()>;

    WorkerPool(std::size_t threads, const Log& log);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    void submit(Job job);  // one that throws is logged
    void finish();         // ends after the jobs under way; those that wait are dropped

private:
    void work();
    std::optional<Job> next_job();

    const Log& log_;
    Mutex mutex_;
    Condition news_;
    std::deque<Job> jobs_ GUARDED_BY(mutex_);
    bool finishing_ GUARDED_BY(mutex_) = false;
    std::vector<Thread> threads_;
};

}  // namespace countersign::databases
