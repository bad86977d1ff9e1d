// Keeps a record of every call of the API: those that change something apart from those that only read, and
// those of strangers apart from both, so that many of the one kind do not push out the other. A record that
// cannot be written is told to the operator's log and holds up nobody. Safe to call from any thread.
#pragma once

#include <filesystem>
#include <optional>

#include "base/log.h"
#include "crypto/random.h"
#include "gateway/api_call.h"
#include "services/cloudtrail/event.h"
#include "services/cloudtrail/event_files.h"
#include "services/cloudtrail/stranger_events.h"

namespace countersign::cloudtrail {

class ApiEvents : public gateway::ApiListener {
public:
    // Everything must outlive it.
    ApiEvents(const std::filesystem::path& directory, crypto::Random& random, const Log& log)
        : writes_(directory, "api-writes"),
          reads_(directory, "api-reads"),
          strangers_(directory, "api-strangers", strangers_bounds),
          random_(random),
          log_(log) {}
    ~ApiEvents() override { record_left_out(std::nullopt); }
    ApiEvents(const ApiEvents&) = delete;
    ApiEvents& operator=(const ApiEvents&) = delete;

    void on_call(const gateway::ApiCall& call) override;

    const EventFiles& writes() const { return writes_; }
    const EventFiles& reads() const { return reads_; }
    const EventFiles& strangers() const { return strangers_; }

private:
    static constexpr EventFileBounds strangers_bounds{8UL * 1024 * 1024, 4};

    void record(EventFiles& files, const Event& event);
    void record_left_out(std::optional<Instant> now);

    EventFiles writes_;
    EventFiles reads_;
    EventFiles strangers_;
    StrangerEvents stranger_events_;
    crypto::Random& random_;
    const Log& log_;
};

}  // namespace countersign::cloudtrail
