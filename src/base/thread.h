// A thread with a name that ps and gdb show, of which a throw is logged and ends neither the process nor what
// waits for the thread. Joined when it is destroyed: whoever owns it tells it to end before.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/log.h"

namespace countersign {

// Calls it; what it throws is logged under that name. True when it returned.
bool guarded(const Log& log, const std::string& name, const std::function<void()>& body);

class Thread {
public:
    Thread() = default;  // none
    // The name has at most 15 bytes (pthread_setname_np). A body that throws is logged and begun again after
    // a second, until `ended` says that it is to end.
    Thread(
        std::string name, const Log& log, std::function<void()> body,
        std::function<bool()> ended = [] { return true; });
    ~Thread() { join(); }
    Thread(Thread&&) = default;
    Thread& operator=(Thread&& other) noexcept {
        join();
        thread_ = std::move(other.thread_);
        return *this;
    }

    bool joinable() const { return thread_.joinable(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

private:
    std::thread thread_;
};

}  // namespace countersign
