// Keeps a record of every call of the API: those that change something apart from those that only read, so
// that many of the one kind do not push out the other. A record that cannot be written is told to the
// operator's log and holds up nobody. Safe to call from any thread.
#pragma once

#include <filesystem>

#include "base/log.h"
#include "crypto/random.h"
#include "gateway/api_call.h"
#include "services/cloudtrail/event_files.h"

namespace countersign::cloudtrail {

class ApiEvents : public gateway::ApiListener {
public:
    // Everything must outlive it.
    ApiEvents(const std::filesystem::path& directory, crypto::Random& random, const Log& log)
        : writes_(directory, "api-writes"), reads_(directory, "api-reads"), random_(random), log_(log) {}

    void on_call(const gateway::ApiCall& call) override;

    const EventFiles& writes() const { return writes_; }
    const EventFiles& reads() const { return reads_; }

private:
    EventFiles writes_;
    EventFiles reads_;
    crypto::Random& random_;
    const Log& log_;
};

}  // namespace countersign::cloudtrail
