// Follows the logs of all running servers and reports the logins that PostgreSQL refused. How far a log has
// been read is kept in its server's home, so that a restart goes on there; a login may be reported again
// after a crash. Has a thread of its own; all calls are safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "databases/databases.h"
#include "databases/local/descriptor.h"
#include "databases/local/server_home.h"

namespace countersign::databases::local {

class LogWatch {
public:
    explicit LogWatch(Observer& observer);
    ~LogWatch();  // reads what there is and ends
    LogWatch(const LogWatch&) = delete;
    LogWatch& operator=(const LogWatch&) = delete;

    void follow(const ServerHome& home);         // may be followed already
    void leave(const std::string& resource_id);  // reads what there is first

private:
    struct Followed;

    void run();
    void wait_for_news();
    void wake();

    Observer& observer_;
    Descriptor news_;   // inotify on the log directories
    Descriptor alarm_;  // eventfd
    std::mutex mutex_;  // of what follows
    std::map<std::string, std::unique_ptr<Followed>> followed_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace countersign::databases::local
