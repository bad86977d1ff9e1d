// Of logins that need the same user at the same time one makes it, and the others wait for what comes of it.
// Safe to call from any thread.
#pragma once

#include <atomic>
#include <string>

#include "agent/users_on_demand.h"
#include "base/single_flight.h"
#include "base/text.h"

namespace countersign::agent {

class UserMaker {
public:
    explicit UserMaker(MakeUser make) : make_(std::move(make)) {}

    Result<databases::Making> operator()(const databases::ServerView& server,
                                         const databases::UserWish& wish) {
        asked_ = true;
        const std::string key = server.resource_id + '/' + wish.user + ' ' + joined(wish.groups, " ");
        return making_.run(key, [&] { return make_(server, wish); });
    }

    // Whether it was asked since this was; true the first time.
    bool was_asked() { return asked_.exchange(false); }

private:
    const MakeUser make_;
    SingleFlight<Result<databases::Making>> making_;  // by server, user and groups
    std::atomic<bool> asked_ = true;
};

}  // namespace countersign::agent
