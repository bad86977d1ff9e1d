// Connections to addresses at which no PostgreSQL listens itself, such as a cluster's: they are accepted
// here, and each is handed over, as it is, to the postmaster of one of the servers that are meant. PostgreSQL
// has the client's own TCP connection then, from its true address; no byte of it is read or written here, and
// what the client does concerns nobody else (hook/handed_over.cc is the other side). Handing over waits for
// nobody: a server that does not take a connection at once is passed over.
//
// Safe to call from any thread; it has one of its own. Calls wait for one connection's being handed over at
// the most, and the open() of a place that is not open yet also for others like it and the address of a name.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "databases/engines/local/server_home.h"
#include "model/rds.h"

namespace countersign::databases::local {

struct DoorTarget {
    ServerHome home;
    std::uint16_t port = 0;  // the one in the name of its PostgreSQL socket

    friend bool operator==(const DoorTarget& one, const DoorTarget& other) {
        return one.home.root == other.home.root && one.home.run == other.home.run && one.port == other.port;
    }
};

struct Client;  // handing_over.h

class Door {
public:
    // Servers for the endpoints' host listen on the loopback addresses when that is localhost and they do not
    // listen `everywhere`, else on every address. The log must outlive it.
    Door(const Log& log, std::string endpoint_host, bool everywhere);
    ~Door();  // stops
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    void start();  // places may be open before: who connects waits until then
    void stop();   // closes every place; sessions go on

    // A place that is not at a host of its own is where a server for the endpoints' host listens.
    // From now on connections to the place go to these in turn. May be repeated; the same again costs
    // nothing. Fault::unavailable while another program has one of its addresses, or the machine none.
    Result<void> open(const model::Place& place, std::vector<DoorTarget> targets);
    // Returns once the place is free for others. May be repeated.
    void close(const model::Place& place);

private:
    using Clock = std::chrono::steady_clock;
    struct Opened {
        std::vector<Descriptor> listeners;
        std::vector<DoorTarget> targets;
        std::size_t turn = 0;  // whose it is
        Clock::time_point warned_at = {};
    };

    void run();
    void pause();
    bool admit(int listener);
    void find_taker(const model::Place& place, Opened& opened, const Client& client) REQUIRES(mutex_);
    void warn(const model::Place& place, Opened& opened, const std::string& error) REQUIRES(mutex_);
    bool retarget(const model::Place& place, const std::vector<DoorTarget>& targets);
    Result<std::vector<Descriptor>> listen(const model::Place& place) const;
    void close_listeners(Opened& opened) const;

    const Log& log_;
    const std::string endpoint_host_;
    const bool everywhere_;
    Descriptor watched_;  // epoll on the listeners and the alarm
    Descriptor alarm_;    // eventfd
    std::atomic<bool> ending_ = false;
    Mutex binding_;  // taken before the other one
    Mutex mutex_;
    std::map<model::Place, Opened> opened_ GUARDED_BY(mutex_);
    Thread thread_;
};

}  // namespace countersign::databases::local
