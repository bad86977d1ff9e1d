#include "agent/throttle_answers.h"

#include <utility>

namespace countersign::agent {

namespace {

constexpr const char* delayed_thread = "agent-delayed";

}  // namespace

void DelayedAnswers::start() {
    thread_ = Thread(
        delayed_thread, log_, [this] { run(); }, [this] { return is_over(); });
}

void DelayedAnswers::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void DelayedAnswers::send_at(Monotonic due, DelayedAnswer answer) {
    {
        const MutexLock lock(mutex_);
        if (std::size_t& waiting = of_server_[answer.resource_id];
            !stopping_ && waiting < of_one_server_max_) {
            waiting_.emplace(due, std::move(answer));
            ++waiting;
            changed_.notify_all();
            return;
        }
    }
    send_message(answer.connection.number(), answer.message);
}

bool DelayedAnswers::is_over() {
    const MutexLock lock(mutex_);
    return stopping_ && waiting_.empty();
}

DelayedAnswer DelayedAnswers::take_first() {
    auto first = waiting_.extract(waiting_.begin());
    const auto count = of_server_.find(first.mapped().resource_id);
    if (--count->second == 0) of_server_.erase(count);
    return std::move(first.mapped());
}

// Waits until an answer is due; nothing when all have been sent at the end.
std::optional<DelayedAnswer> DelayedAnswers::next_due() {
    const MutexLock lock(mutex_);
    while (!stopping_ || !waiting_.empty()) {
        if (waiting_.empty()) {
            changed_.wait(mutex_);
            continue;
        }
        const Monotonic due = waiting_.begin()->first;
        if (stopping_ || due <= std::chrono::steady_clock::now()) return take_first();
        changed_.wait_until(mutex_, due);
    }
    return std::nullopt;
}

// An answer that throws is not sent, and so is a refusal all the same.
void DelayedAnswers::run() {
    while (const std::optional<DelayedAnswer> answer = next_due())
        guarded(log_, delayed_thread, [&] { send_message(answer->connection.number(), answer->message); });
}

}  // namespace countersign::agent
