// A session whose login is under way: forgotten at the end, also when the login throws, unless it is
// followed.
#pragma once

#include <optional>
#include <utility>

#include "agent/sessions/sessions.h"
#include "base/log.h"
#include "base/thread.h"

namespace countersign::agent {

class BegunSession {
public:
    // No number: there is none. Both references must outlive it.
    BegunSession(Sessions& sessions, const Log& log, std::optional<Sessions::Number> number)
        : sessions_(sessions), log_(log), number_(number) {}
    ~BegunSession() {
        if (number_) guarded(log_, "session.forget", [this] { sessions_.forget(*number_); });
    }
    BegunSession(const BegunSession&) = delete;
    BegunSession& operator=(const BegunSession&) = delete;

    void follow() {
        if (number_) sessions_.follow(*std::exchange(number_, std::nullopt));
    }

private:
    Sessions& sessions_;
    const Log& log_;
    std::optional<Sessions::Number> number_;
};

}  // namespace countersign::agent
