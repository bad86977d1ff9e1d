#include "databases/worker_pool.h"

#include <exception>

namespace countersign::databases {

WorkerPool::WorkerPool(std::size_t threads, const Log& log) : log_(log) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
    finish();
}

void WorkerPool::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (finishing_) return;
        jobs_.push_back(std::move(job));
    }
    news_.notify_one();
}

void WorkerPool::finish() {
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
        jobs_.clear();
    }
    news_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

std::optional<WorkerPool::Job> WorkerPool::next_job() {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [this] { return finishing_ || !jobs_.empty(); });
    if (finishing_) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
}

// Only bugs and exhausted memory throw; one job's end must not be that of all.
void WorkerPool::run_guarded(const Job& job) const {
    try {
        job();
    } catch (const std::exception& failure) {
        log_.error("database.job_failed", {{"error", failure.what()}});
    }
}

void WorkerPool::work() {
    while (const std::optional<Job> job = next_job()) run_guarded(*job);
}

}  // namespace countersign::databases
