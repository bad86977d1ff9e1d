// RDS events about a server, as writes for the transaction that makes them true.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/random.h"
#include "databases/record_set.h"
#include "store/store.h"

namespace countersign::databases {

struct EventSource {
    Kind kind = Kind::cluster;
    std::string account;
    std::string region;
    std::string identifier;
};

EventSource source_of(const RecordSet& records);
EventSource source_of(const model::DBCluster& cluster);
EventSource source_of(const model::DBInstance& instance);

// What a message quotes is made printable.
store::Write event_of(const EventSource& source, std::string_view message, Instant now,
                      crypto::Random& random);

// Events of now.
class EventLog {
public:
    EventLog(Clock& clock, crypto::Random& random) : clock_(clock), random_(random) {}

    store::Write event(const EventSource& source, std::string_view message) const {
        return event_of(source, message, clock_.now(), random_);
    }

private:
    Clock& clock_;
    crypto::Random& random_;
};

}  // namespace countersign::databases
