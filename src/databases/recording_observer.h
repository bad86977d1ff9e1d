// An observer for tests, which remembers what it hears. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "databases/server_view.h"

namespace countersign::databases {

class Listener : public Observer {
public:
    void server_up(const ServerView& server) override {
        const MutexLock lock(mutex_);
        up_.push_back(server);
    }
    void server_down(std::string_view resource_id) override {
        const MutexLock lock(mutex_);
        down_.emplace_back(resource_id);
    }
    void login_refused(const RefusedLogin& login) override {
        const MutexLock lock(mutex_);
        refused_.push_back(login);
    }
    void log_lost(std::string_view, std::uint64_t bytes) override {
        const MutexLock lock(mutex_);
        lost_ += bytes;
    }

    std::vector<ServerView> up() const {
        const MutexLock lock(mutex_);
        return up_;
    }
    std::vector<std::string> down() const {
        const MutexLock lock(mutex_);
        return down_;
    }
    std::vector<RefusedLogin> refused() const {
        const MutexLock lock(mutex_);
        return refused_;
    }
    std::uint64_t lost() const {  // bytes of logs
        const MutexLock lock(mutex_);
        return lost_;
    }

private:
    mutable Mutex mutex_;
    std::vector<ServerView> up_ GUARDED_BY(mutex_);
    std::vector<std::string> down_ GUARDED_BY(mutex_);
    std::vector<RefusedLogin> refused_ GUARDED_BY(mutex_);
    std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::databases
