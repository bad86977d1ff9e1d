#include "agent/sessions/watch.h"

#include "formats/record.h"
#include "model/keys.h"

namespace countersign::agent {

namespace {

constexpr auto patience = std::chrono::hours(1);
constexpr auto pause_after_error = std::chrono::seconds(1);

}  // namespace

SessionsWatch::SessionsWatch(store::Store& store, ChangeNotifier& changes, EndSessions end, const Log& log)
    : store_(store),
      changes_(changes),
      end_(std::move(end)),
      log_(log),
      thread_(
          "sessions-watch", log, [this] { run(); }, [this] { return stopping_.load(); }) {}

SessionsWatch::~SessionsWatch() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
        if (watch_ != nullptr) watch_->wake();
    }
    thread_.join();
}

// Begun again after a throw, it hears anew of all orders there are.
void SessionsWatch::run() {
    store::Watch* watch = nullptr;
    while (!stopping_) {
        if (watch == nullptr) watch = &begin();
        const auto events = watch->next(patience);
        if (events) {
            for (const store::Event& event : *events) hear(event);
            continue;
        }
        if (events.error().fault != Fault::compacted) {
            log_.warn("sessions.watch", {{"reason", events.error().message}});
            std::this_thread::sleep_for(pause_after_error);
        }
        watch = nullptr;
    }
}

// From now on, and what there is already.
store::Watch& SessionsWatch::begin() {
    store::Watch* begun = nullptr;
    {
        const MutexLock lock(mutex_);
        watch_ = store_.watch("/", store_.revision());
        begun = watch_.get();
        if (stopping_) begun->wake();
    }
    changes_.notify();
    const auto orders = store::list_all(store_, model::keys::session_ends());
    if (!orders)
        log_.warn("sessions.watch", {{"reason", orders.error().message}});
    else
        for (const store::Entry& entry : orders->entries) apply(entry.value);
    return *begun;
}

void SessionsWatch::hear(const store::Event& event) {
    if (event.key.starts_with(model::keys::iam())) changes_.notify();
    if (event.key.starts_with(model::keys::session_ends()) && event.value) apply(*event.value);
}

void SessionsWatch::apply(std::string_view order) {
    const auto read = formats::from_record<SessionEnd>(order);
    if (read)
        end_(*read);
    else
        log_.error("sessions.watch", {{"reason", "an order to end sessions cannot be read"}});
}

}  // namespace countersign::agent
