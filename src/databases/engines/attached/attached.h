// What the control plane knows of PostgreSQL servers that somebody else runs, and of poolers: records that
// the API wrote. It starts and stops none of them; it only tells the agent on their host about them.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/thread.h"
#include "databases/server_view.h"
#include "model/rds.h"
#include "store/store.h"

namespace countersign::databases {

// Where the record of a pooler's database lies: as a cluster, or as an instance.
std::pair<std::string, std::string> keys_behind(const model::Pooler& pooler);

// What the agent of this name answers for; empty: the one inside `serve`. Records that are wished deleted, or
// that cannot be read, are left out. What is behind a pooler is as its database's record says, which must be
// among the records: where there is none, nothing may be asked about members. Behind a pooler of a cluster
// the writer of the moment is asked, and the readers whose records are there, too.
std::vector<ServerView> attached_views(const store::Page& records, const std::string& agent);
Result<std::vector<ServerView>> attached_views(store::Store& store, const std::string& agent);

// Poolers were told of one directory for the sockets of all servers of DIR; each has one of its own.
Result<void> renew_pooler_sockets(store::Store& store, const std::filesystem::path& dir);

// Tells an observer of the servers of one agent: of all at the start, and of each change. It has a thread of
// its own, from which the observer is called.
class AttachedWatch {
public:
    // Everything passed by reference must outlive it.
    AttachedWatch(store::Store& store, std::string agent, const Log& log, Observer& observer)
        : store_(store), agent_(std::move(agent)), log_(log), observer_(observer) {}
    ~AttachedWatch() { stop(); }
    AttachedWatch(const AttachedWatch&) = delete;
    AttachedWatch& operator=(const AttachedWatch&) = delete;

    // The servers there are have been told of when this returns.
    Result<void> start();
    void stop();

private:
    Result<void> look(std::unique_ptr<store::Watch> watch);
    void follow();
    void wait_for_news();

    store::Store& store_;
    const std::string agent_;
    const Log& log_;
    Observer& observer_;
    std::map<std::string, ServerView> told_;  // by resource id
    std::unique_ptr<store::Watch> watch_;     // none: what changed meanwhile is not known
    std::atomic<bool> ending_ = false;
    Thread thread_;
};

}  // namespace countersign::databases
