#include "agent/throttle_answers.h"

namespace countersign::agent {

void DelayedAnswers::start() {
    thread_ = std::thread([this] { run(); });
}

void DelayedAnswers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void DelayedAnswers::send_at(Monotonic due, DelayedAnswer answer) {
    {
        const std::lock_guard lock(mutex_);
        if (std::size_t& waiting = of_server_[answer.resource_id];
            !stopping_ && waiting < of_one_server_max_) {
            ++waiting;
            waiting_.emplace(due, std::move(answer));
            changed_.notify_all();
            return;
        }
    }
    send_message(answer.connection.number(), answer.message);
}

void DelayedAnswers::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !waiting_.empty()) {
        const auto first = waiting_.begin();
        if (first == waiting_.end()) {
            changed_.wait(lock);
        } else if (!stopping_ && first->first > std::chrono::steady_clock::now()) {
            const Monotonic due = first->first;
            changed_.wait_until(lock, due);
        } else {
            const DelayedAnswer& answer = first->second;
            send_message(answer.connection.number(), answer.message);
            if (const auto count = of_server_.find(answer.resource_id); --count->second == 0)
                of_server_.erase(count);
            waiting_.erase(first);
        }
    }
}

}  // namespace countersign::agent
