// Takes out of service the users that were made on demand and whom no policy lets in any more. A thread of
// its own, which looks now and then.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "databases/server_view.h"

namespace countersign::agent {

class IdleUsers {
public:
    // Called from the thread.
    struct Deps {
        std::function<bool()> is_due;  // whether anything can have changed since the last look
        std::function<std::vector<databases::ServerView>()> servers;
        std::function<Result<std::vector<std::string>>(const databases::ServerView&)> users;  // in service
        // Which of them nobody may be by now. Who cannot be told is none of these.
        std::function<Result<std::vector<std::string>>(const databases::ServerView&,
                                                       const std::vector<std::string>& users)>
            idle;
        std::function<Result<void>(const databases::ServerView&, const std::string& user)> retire;
        const Log& log;
    };

    explicit IdleUsers(Deps deps) : deps_(std::move(deps)) {}
    ~IdleUsers();  // when what goes on is done
    IdleUsers(const IdleUsers&) = delete;
    IdleUsers& operator=(const IdleUsers&) = delete;

    void start();

private:
    void run();
    bool look();  // false: something could not be told
    bool look_at(const databases::ServerView& server);
    bool is_stopping();
    bool waits_for_end();

    const Deps deps_;
    Mutex mutex_;
    Condition changed_;
    bool stopping_ GUARDED_BY(mutex_) = false;
    bool looks_again_ = false;  // of the thread alone
    Thread thread_;
};

}  // namespace countersign::agent
