// Who may use one of a few workers now. What one account's servers hold up leaves some for the others. Safe
// to call from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace countersign::agent {

class Turns {
public:
    // At most `all_max` at a time, of them at most `own_max` of one account.
    Turns(std::size_t all_max, std::size_t own_max) : all_max_(all_max), own_max_(own_max) {}

    // One account's turn, until it is destroyed.
    class Turn {
    public:
        Turn() = default;
        Turn(Turns& turns, std::string account) : turns_(&turns), account_(std::move(account)) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            if (turns_ != nullptr) turns_->end(account_);
        }
        explicit operator bool() const { return turns_ != nullptr; }

    private:
        Turns* turns_ = nullptr;
        std::string account_;
    };

    // None when the account has all of its own, or when the others' do not end within that time.
    Turn take(const std::string& account, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        if (own_of(account) >= own_max_) return {};
        const bool has_room =
            ended_.wait_for(lock, patience, [&] { return all_ < all_max_ && own_of(account) < own_max_; });
        if (!has_room) return {};
        ++all_;
        ++own_[account];
        return {*this, account};
    }

private:
    std::size_t own_of(const std::string& account) const {
        const auto found = own_.find(account);
        return found == own_.end() ? 0 : found->second;
    }
    void end(const std::string& account) {
        {
            const std::lock_guard lock(mutex_);
            --all_;
            if (--own_[account] == 0) own_.erase(account);
        }
        ended_.notify_all();
    }

    const std::size_t all_max_;
    const std::size_t own_max_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable ended_;
    std::size_t all_ = 0;
    std::map<std::string, std::size_t> own_;
};

}  // namespace countersign::agent
