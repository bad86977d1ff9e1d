// One server's cycle: read its records, see what is so, ask plan.h for the next step, do it, log why; until
// there is nothing to do. A step that fails is tried again later, ever more rarely. A unit is used by one
// worker at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "databases/census.h"
#include "databases/local/deadline.h"
#include "databases/local/local_server.h"
#include "databases/plan.h"
#include "databases/record_set.h"
#include "store/store.h"

namespace countersign::databases {

// A server and what its worker remembers between looks.
struct Unit {
    Unit(const local::Workshop& workshop, const std::string& resource_id) : server(workshop, resource_id) {}

    local::LocalServer server;
    bool adoption_tried = false;
    Fate fate = Fate::unknown;
    int failures = 0;  // in a row
    bool broken = false;
    std::string reason;                           // of the last failure
    std::optional<local::Deadline> retry;         // not before this
    std::optional<local::Deadline> young;         // a crash before this is a failure to stay up
    std::string trouble;                          // why the control plane could not log in at the last look
    std::map<std::string, local::Deadline> told;  // events that are not to be repeated before
};

class Reconciler {
public:
    Reconciler(store::Store& store, const local::Workshop& workshop) : store_(store), workshop_(workshop) {}

    // True when the server is wished to be nowhere, and is: its unit may be forgotten.
    bool look(const ServerKeys& keys, Unit& unit) const;

private:
    struct Sight {
        RecordSet records;
        Wanted wanted;
        Seen seen;
    };

    Result<Sight> observe(const ServerKeys& keys, Unit& unit) const;
    void notice_crash(const RecordSet& records, Unit& unit) const;
    void look_inside(Sight& sight, Unit& unit) const;
    void notice_trouble(const RecordSet& records, const std::string& trouble, Unit& unit) const;
    void tell(const RecordSet& records, const std::string& message, Unit& unit) const;
    Result<void> act(Step step, const Sight& sight, Unit& unit) const;
    Result<void> change_server(Step step, const Sight& sight, Unit& unit) const;
    Result<void> change_records(Step step, const Sight& sight, Unit& unit) const;
    void log_step(const ServerKeys& keys, const Move& move, const Result<void>& done) const;
    Result<std::vector<store::Write>> claim_of(const RecordSet& records) const;

    store::Store& store_;
    const local::Workshop& workshop_;
};

}  // namespace countersign::databases
