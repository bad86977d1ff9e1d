// Judges live sessions again whenever it is notified of a change, by login's own function, and ends those
// that would be refused now. What cannot be told for the moment (the control plane is away) ends nothing and
// is asked again. One thread of its own, so that no login waits for it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/change_notifier.h"
#include "agent/record_source.h"
#include "agent/sessions/sessions.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "login/verdict.h"

namespace countersign::agent {

class SessionsReview {
public:
    // The server as it is now; nothing when it is not up.
    using FindServer = std::function<std::optional<login::Server>(std::string_view resource_id)>;

    // All must outlive it.
    struct Deps {
        Sessions& sessions;
        RecordSource& records;
        ChangeNotifier& changes;
        const Clock& clock;
        const Log& log;
    };

    SessionsReview(const Deps& deps, FindServer find_server)
        : deps_(deps), find_server_(std::move(find_server)) {}
    ~SessionsReview() { stop(); }
    SessionsReview(const SessionsReview&) = delete;
    SessionsReview& operator=(const SessionsReview&) = delete;

    void start();
    void stop();  // closes the notifier

private:
    using Group = std::vector<std::pair<Sessions::Number, Sessions::SessionPointer>>;  // of one access key

    void run();
    bool review();
    bool review(const Group& group);

    const Deps deps_;
    const FindServer find_server_;
    bool complete_ = true;  // of the thread: the last review told of every session
    Thread thread_;
};

}  // namespace countersign::agent
