// How long the control plane has been silent, and what may still be used then. Ages are measured on a clock
// that runs on through suspends and that nobody can set, so a wall clock that is set back extends nothing.
// Values; the caller brings the time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace countersign::agent_api::client {

// Time since this machine started, suspends included.
using Uptime = std::chrono::milliseconds;
Uptime uptime();

class ControlPlaneHealth {
public:
    explicit ControlPlaneHealth(std::chrono::seconds stale_for) : stale_for_(stale_for) {}

    // The control plane's watch answered: all changes up to now are known.
    void on_answer(Uptime now) {
        last_ = now;
        removed_.clear();
    }
    // The control plane knows this agent no longer: nothing may be used, for this reason.
    void removed(std::string reason) { removed_ = std::move(reason); }

    bool is_fresh(Uptime now) const { return removed_.empty() && last_ && now - *last_ <= stale_for_; }
    // Why what is kept may not be used, in words; empty when it may.
    std::string why_not(Uptime now) const;
    // Since the last word; nothing when there was none yet.
    std::optional<Uptime> silence(Uptime now) const;
    const std::string& removal() const { return removed_; }

private:
    const std::chrono::seconds stale_for_;
    std::optional<Uptime> last_;
    std::string removed_;
};

// A key derived for a day is good for tokens of that day, which live into the next one by their 15 minutes.
// `date` is YYYYMMDD; what is none is over.
bool is_day_over(std::string_view date, Instant now);

}  // namespace countersign::agent_api::client
