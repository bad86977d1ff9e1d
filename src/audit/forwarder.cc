#include "audit/forwarder.h"

namespace countersign::audit {

AuditForwarder::AuditForwarder(std::string destination, std::unique_ptr<LogSink> sink, const Log& log,
                               std::size_t lines_max)
    : destination_(std::move(destination)),
      sink_(std::move(sink)),
      log_(log),
      queue_("audit-shipping", log, lines_max, [this](const AuditLine& line) { return ship(line); }) {}

AuditForwarder::~AuditForwarder() {
    dropped_ += queue_.finish();
    tell_dropped();
}

void AuditForwarder::tell_dropped() {
    if (const std::uint64_t dropped = dropped_.exchange(0))
        log_.warn("audit.dropped", {{"to", destination_}, {"lines", dropped}});
}

void AuditForwarder::written(const std::string& line, const LoginEntry& entry) {
    if (!queue_.try_push({line, entry})) ++dropped_;
}

bool AuditForwarder::ship(const AuditLine& line) {
    const Result<void> sent = sink_->send(line);
    if (!sent && !failing_)
        log_.error("audit.sink_failed", {{"to", destination_}, {"reason", sent.error().message}});
    if (sent && failing_) log_.info("audit.sink_works", {{"to", destination_}});
    if (sent) tell_dropped();
    failing_ = !sent;
    return static_cast<bool>(sent);
}

Result<std::vector<std::unique_ptr<AuditForwarder>>> ship_to(const std::vector<std::string>& destinations,
                                                             const Log& log) {
    std::vector<std::unique_ptr<AuditForwarder>> all;
    for (const std::string& destination : destinations) {
        std::unique_ptr<LogSink> sink = TRY(make_sink(destination));
        all.push_back(std::make_unique<AuditForwarder>(destination, std::move(sink), log));
    }
    return all;
}

}  // namespace countersign::audit
