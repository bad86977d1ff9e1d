#include "databases/worker_pool.h"

namespace countersign::databases {

WorkerPool::WorkerPool(std::size_t threads, const Log& log) : log_(log) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back("db-worker", log, [this] { work(); });
}

WorkerPool::~WorkerPool() {
    finish();
}

void WorkerPool::submit(Job job) {
    {
        const MutexLock lock(mutex_);
        if (finishing_) return;
        jobs_.push_back(std::move(job));
    }
    news_.notify_one();
}

void WorkerPool::finish() {
    {
        const MutexLock lock(mutex_);
        finishing_ = true;
        jobs_.clear();
    }
    news_.notify_all();
    for (Thread& thread : threads_) thread.join();
}

std::optional<WorkerPool::Job> WorkerPool::next_job() {
    const MutexLock lock(mutex_);
    while (!finishing_ && jobs_.empty()) news_.wait(mutex_);
    if (finishing_) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
}

void WorkerPool::work() {
    while (const std::optional<Job> job = next_job()) guarded(log_, "db-worker", *job);
}

}  // namespace countersign::databases
