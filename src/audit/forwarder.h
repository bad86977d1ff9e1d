// Ships the audit's lines as they are written, in the order of the chain, to sinks. Each has a bounded queue
// and a thread of its own; one that fails is logged once, is tried again, and never holds up a login.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "audit/log.h"
#include "audit/queue.h"
#include "audit/sinks.h"
#include "base/log.h"

namespace countersign::audit {

// One sink with its queue.
class AuditForwarder : public LineListener {
public:
    // `destination` is as make_sink() takes it; the log must outlive this.
    AuditForwarder(std::string destination, std::unique_ptr<LogSink> sink, const Log& log,
                   std::size_t lines_max = 4096);
    ~AuditForwarder() override;  // sends what waits, as far as that goes without waiting

    void written(const std::string& line, const LoginEntry& entry) override;

private:
    bool ship(const AuditLine& line);
    void tell_dropped();

    const std::string destination_;
    const std::unique_ptr<LogSink> sink_;
    const Log& log_;
    bool failing_ = false;  // of the queue's thread
    std::atomic<std::uint64_t> dropped_{0};
    LogQueue<AuditLine> queue_;
};

Result<std::vector<std::unique_ptr<AuditForwarder>>> ship_to(const std::vector<std::string>& destinations,
                                                             const Log& log);

}  // namespace countersign::audit
