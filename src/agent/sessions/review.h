// Judges live sessions again whenever the bell rings, by login's own function, and ends those that would be
// refused now. What cannot be told for the moment (the control plane is away) ends nothing and is asked
// again. One thread of its own, so that no login waits for it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/change_bell.h"
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
    struct Surroundings {
        Sessions& sessions;
        RecordSource& records;
        ChangeBell& bell;
        const Clock& clock;
        const Log& log;
    };

    SessionsReview(const Surroundings& around, FindServer find_server)
        : around_(around), find_server_(std::move(find_server)) {}
    ~SessionsReview() { stop(); }
    SessionsReview(const SessionsReview&) = delete;
    SessionsReview& operator=(const SessionsReview&) = delete;

    void start();
    void stop();  // closes the bell

private:
    using Group = std::vector<std::pair<Sessions::Number, Sessions::SessionPointer>>;  // of one access key

    void run();
    bool review();
    bool review(const Group& group);

    const Surroundings around_;
    const FindServer find_server_;
    bool complete_ = true;  // of the thread: the last review told of every session
    Thread thread_;
};

}  // namespace countersign::agent
