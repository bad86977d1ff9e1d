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
    std::string region;
    std::string identifier;
};

EventSource source_of(const RecordSet& records);

class EventLog {
public:
    EventLog(store::Store& store, Clock& clock, crypto::Random& random)
        : store_(store), clock_(clock), random_(random) {}

    store::Write event(const EventSource& source, std::string message) const;

private:
    store::Store& store_;
    Clock& clock_;
    crypto::Random& random_;
};

}  // namespace countersign::databases
