// For tests of the agent: a directory, a clock that is set, an audit that is heard, and child processes that
// stand for PostgreSQL's backends.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"

namespace countersign::agent {

class SetClock : public Clock {
public:
    Instant now() const override { return Instant(std::chrono::milliseconds(at_)); }
    void set(Instant instant) { at_ = instant.time_since_epoch().count(); }

private:
    std::atomic<std::int64_t> at_ = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
};

// Remembers what it hears, and waits for more.
class LoginCollector : public audit::LoginListener {
public:
    void on_login(const audit::LoginEntry& entry) override {
        {
            const std::lock_guard lock(mutex_);
            entries_.push_back(entry);
        }
        more_.notify_all();
    }
    // Those with this decision, once there are so many.
    std::vector<audit::LoginEntry> await(audit::Decision decision, std::size_t count) {
        constexpr auto patience = std::chrono::seconds(60);
        std::unique_lock lock(mutex_);
        std::vector<audit::LoginEntry> found;
        more_.wait_for(lock, patience, [&] {
            found.clear();
            for (const audit::LoginEntry& entry : entries_)
                if (entry.decision == decision) found.push_back(entry);
            return found.size() >= count;
        });
        EXPECT_EQ(found.size(), count) << name_of(decision);
        return found;
    }

private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::vector<audit::LoginEntry> entries_;
};

// A process that does nothing until it is ended.
class Child {
public:
    // `prepare` runs in the child: only what is safe after fork().
    template <class Prepare>
    explicit Child(Prepare prepare) : pid_(::fork()) {
        if (pid_ != 0) return;
        prepare();
        while (true) ::pause();
    }
    Child() : Child([] {}) {}
    ~Child() {
        if (pid_ > 0) end();
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int pid() const { return pid_; }
    // The signal that ended it.
    int await_end() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }
    void end() {
        ::kill(pid_, SIGKILL);
        await_end();
    }

private:
    int pid_;
};

class SessionsPlace : public ::testing::Test {
protected:
    SessionsPlace() {
        std::string name = (std::filesystem::temp_directory_path() / "sessions-XXXXXX").string();
        dir_ = ::mkdtemp(name.data());
        log_file_ = std::make_unique<audit::LoginLog>(*audit::LoginLog::open(dir_ / "login.log"));
        audit_ = std::make_unique<audit::Audit>(*log_file_, std::vector<audit::LoginListener*>{&heard_});
    }
    ~SessionsPlace() override { std::filesystem::remove_all(dir_); }

    std::filesystem::path dir_;
    SetClock clock_;
    Log log_{LogLevel::off};
    LoginCollector heard_;
    std::unique_ptr<audit::LoginLog> log_file_;
    std::unique_ptr<audit::Audit> audit_;
};

}  // namespace countersign::agent
