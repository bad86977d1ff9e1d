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
EventSource source_of(const model::DBInstance& instance);

// What a message quotes is made printable.
class EventLog {
public:
    EventLog(Clock& clock, crypto::Random& random) : clock_(clock), random_(random) {}

    store::Write event(const EventSource& source, std::string_view message) const;

private:
    Clock& clock_;
    crypto::Random& random_;
};

}  // namespace countersign::databases
