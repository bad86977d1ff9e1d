// What a control plane's store says to the agent in the same process: changes of IAM notify the reviewer,
// orders to end sessions are handed on, those from before its start first. One thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>

#include "agent/change_notifier.h"
#include "agent/sessions/end.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "store/store.h"

namespace countersign::agent {

class SessionsWatch {
public:
    using EndSessions = std::function<void(const SessionEnd&)>;

    // All must outlive it.
    SessionsWatch(store::Store& store, ChangeNotifier& changes, EndSessions end, const Log& log);
    ~SessionsWatch();  // stops
    SessionsWatch(const SessionsWatch&) = delete;
    SessionsWatch& operator=(const SessionsWatch&) = delete;

private:
    void run();
    store::Watch& begin();
    void hear(const store::Event& event);
    void apply(std::string_view order);

    store::Store& store_;
    ChangeNotifier& changes_;
    const EndSessions end_;
    const Log& log_;
    std::atomic<bool> stopping_{false};
    Mutex mutex_;
    std::unique_ptr<store::Watch> watch_ GUARDED_BY(mutex_);
    Thread thread_;
};

}  // namespace countersign::agent
