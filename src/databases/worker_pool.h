// A few threads that do jobs in the order in which they came. Submit from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.h"

namespace countersign::databases {

class WorkerPool {
public:
    using Job = std::function<void()>;

    WorkerPool(std::size_t threads, const Log& log);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    void submit(Job job);
    void finish();  // ends after the jobs under way; those that wait are dropped

private:
    void work();
    std::optional<Job> next_job();
    void run_guarded(const Job& job) const;

    const Log& log_;
    std::mutex mutex_;
    std::condition_variable news_;
    std::deque<Job> jobs_;
    bool finishing_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace countersign::databases
