#include "apps/serve/hba_events.h"

#include "audit/hba_note.h"
#include "databases/event_log.h"

namespace countersign::apps {

namespace {

constexpr std::size_t waiting_max = 1024;

}  // namespace

HbaEvents::HbaEvents(const Deps& deps)
    : deps_(deps), queue_("hba-events", deps.log, waiting_max, [this](const audit::LoginEntry& entry) {
          return write(entry);
      }) {}

void HbaEvents::on_login(const audit::LoginEntry& entry) {
    if (!audit::hba_note_in(entry)) return;
    if (!queue_.try_push(entry)) deps_.log.warn("hba.event_dropped", {{"database", entry.database}});
}

bool HbaEvents::write(const audit::LoginEntry& entry) {
    const databases::EventSource source{databases::Kind::instance, entry.account, entry.region,
                                        entry.database};
    const auto written = deps_.store.commit(
        {{}, {databases::event_of(source, entry.reason, deps_.clock.now(), deps_.random)}});
    if (!written)
        deps_.log.warn("hba.event_unwritten",
                       {{"database", entry.database}, {"reason", written.error().message}});
    return static_cast<bool>(written);
}

}  // namespace countersign::apps
