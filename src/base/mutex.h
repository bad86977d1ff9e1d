// A mutex that clang's thread safety analysis knows: what GUARDED_BY names is touched with it held alone,
// which the compiler checks (-Wthread-safety, on with clang).
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define COUNTERSIGN_THREAD(attribute) __attribute__((attribute))
#else
#define COUNTERSIGN_THREAD(attribute)
#endif

#define GUARDED_BY(mutex) COUNTERSIGN_THREAD(guarded_by(mutex))
#define REQUIRES(...) COUNTERSIGN_THREAD(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) COUNTERSIGN_THREAD(locks_excluded(__VA_ARGS__))

namespace countersign {

class COUNTERSIGN_THREAD(capability("mutex")) Mutex {
public:
    void lock() COUNTERSIGN_THREAD(acquire_capability()) { mutex_.lock(); }
    void unlock() COUNTERSIGN_THREAD(release_capability()) { mutex_.unlock(); }
    bool try_lock() COUNTERSIGN_THREAD(try_acquire_capability(true)) { return mutex_.try_lock(); }

private:
    std::mutex mutex_;
};

class COUNTERSIGN_THREAD(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) COUNTERSIGN_THREAD(acquire_capability(mutex)) : mutex_(mutex) {
        mutex_.lock();
    }
    ~MutexLock() COUNTERSIGN_THREAD(release_capability()) { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

// Waits with a Mutex held. Spurious wakings are possible: wait in a loop.
using Condition = std::condition_variable_any;

}  // namespace countersign
