// What changed lately, as agents are told it: the newest marks, each with its revision. Older ones are
// forgotten, and whoever asks from before them is told to hold nothing. Safe to call from any thread.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent_api/protocol/protocol.h"
#include "base/mutex.h"
#include "store/store.h"

namespace countersign::agent_api::server {

class Changes {
public:
    using WatchAnswer = agent_api::WatchAnswer;
    using WatchRequest = agent_api::WatchRequest;

    // Forgets everything: only what happens after this revision is known, and answers have this epoch.
    void begin(std::string epoch, store::Revision revision);
    void add(store::Revision revision, const std::vector<agent_api::KeyTag>& marks);

    // An order to end live sessions, as it was given then.
    void add(store::Revision revision, agent::SessionEnd order);

    // What has happened since the last answer that an agent of these accounts had; nothing when nothing has.
    // Orders about other accounts are not for it.
    std::optional<WatchAnswer> since(const WatchRequest& request,
                                     const std::vector<std::string>& accounts) const;
    // The answer to the same request when nothing has.
    WatchAnswer nothing_since(const WatchRequest& request) const;

private:
    void forget_order() REQUIRES(mutex_);

    struct Change {
        store::Revision revision = 0;
        agent_api::KeyTag mark = 0;
    };

    mutable Mutex mutex_;
    std::string epoch_ GUARDED_BY(mutex_);
    store::Revision begun_ GUARDED_BY(mutex_) = 0;  // what happened later is known
    store::Revision newest_ GUARDED_BY(mutex_) = 0;
    std::deque<Change> known_ GUARDED_BY(mutex_);
    std::deque<std::pair<store::Revision, agent::SessionEnd>> orders_ GUARDED_BY(mutex_);
};

}  // namespace countersign::agent_api::server
