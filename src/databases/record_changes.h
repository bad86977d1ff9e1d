// What a step of the plan changes in the records of one server, and what it reports. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "databases/engine.h"
#include "databases/event_log.h"
#include "databases/record_set.h"

namespace countersign::databases {

// The records after a step, and the events of it.
struct Change {
    RecordSet after;
    std::vector<std::string> reported;                                  // events about the server
    std::vector<std::pair<EventSource, std::string>> reported_of = {};  // about its instances
};

void show_upgrading(Change& change);
void settle(Change& change);
void fail(Change& change, const Observation& seen, const std::string& reason);
void drop_members(Change& change);
void forget(Change& change);
void record_storage(Change& change);
void record_access(Change& change);
void record_version(Change& change, const std::string& version);
void record_upgrade(Change& change);
void record_upgrade_failed(Change& change, const std::string& reason);
void record_snapshot(Change& change, const Observation& seen, Instant now);
void record_snapshot_failed(Change& change, const std::string& reason);
void record_shutdown(Change& change);
void record_iam_lost(Change& change);
void record_password(Change& change);
void record_promotion(Change& change);
void record_handing_over(Change& change);
void record_failover_failed(Change& change);
void record_renewal(Change& change);
void record_copy(Change& change);
void record_synchronous(Change& change, const std::string& home);

}  // namespace countersign::databases
