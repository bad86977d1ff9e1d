// The thread that works on stacks: every one under way has its turn, in turns.
#pragma once

#include <atomic>
#include <memory>

#include "base/mutex.h"
#include "base/thread.h"
#include "services/cloudformation/engine/actor.h"
#include "store/store.h"

namespace countersign::cloudformation {

class Worker {
public:
    // Everything must outlive it. What was under way when the process ended before goes on.
    explicit Worker(WorkDeps deps);
    ~Worker();

    void start();
    void stop();

private:
    void run();
    bool look();
    bool take_turn(const store::Stored<model::StackWork>& work);

    const WorkDeps deps_;
    Mutex mutex_;                          // not held while it is waited
    std::unique_ptr<store::Watch> watch_;  // changed by the thread alone, with the mutex held
    std::atomic<bool> stopping_ = false;
    Thread thread_;
};

}  // namespace countersign::cloudformation
