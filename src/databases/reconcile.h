// One server's cycle: read its records, observe what is so, ask plan.h for the next action, do it, log why;
// until there is nothing to do. A step that fails is tried again later, ever more rarely. A ManagedServer is
// used by one worker at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "crypto/random.h"
#include "databases/census.h"
#include "databases/engine.h"
#include "databases/plan.h"
#include "databases/record_set.h"
#include "store/store.h"

namespace countersign::databases {

struct Change;  // record_changes.h

// A server and what its worker remembers between rounds.
struct ManagedServer {
    explicit ManagedServer(std::unique_ptr<EngineServer> of_engine) : server(std::move(of_engine)) {}

    std::unique_ptr<EngineServer> server;
    Lifecycle lifecycle = Lifecycle::unknown;
    bool stopped = false;  // it was to lie still
    int failures = 0;      // in a row
    bool broken = false;
    std::string reason;                        // of the last failure
    std::optional<Deadline> retry;             // not before this
    std::optional<Deadline> young;             // a crash before this is a failure to stay up
    std::string trouble;                       // why the control plane could not log in when it was last seen
    std::map<std::string, Deadline> reported;  // events that are not to be repeated before
    bool ended = false;                        // see ObservedState
    bool succession_failed = false;            // likewise
    std::vector<std::string> followers;        // as they were seen last
    std::optional<Deadline> awaited;  // until then a successor that was asked for may begin to follow
    std::string unsafe_commit;        // see members.h; as it was in force when it was seen last
    std::optional<Deadline> missed;   // the synchronous reader is not waited for after this
};

class Reconciler {
public:
    // Everything passed by reference must outlive it.
    struct Deps {
        store::Store& store;
        Clock& clock;
        crypto::Random& random;
        const Log& log;
    };

    explicit Reconciler(const Deps& deps) : deps_(deps) {}

    // True when no record names the server, and it does not run: it may be forgotten.
    bool reconcile_once(const ServerKeys& keys, ManagedServer& managed) const;

private:
    struct Snapshot {
        std::string resource_id;
        RecordSet records;
        DesiredState desired;
        ObservedState observed;
        Observation seen;
        std::string synchronous;  // home of the reader that has what is acknowledged, as it is to be recorded
    };

    Result<Snapshot> observe(const ServerKeys& keys, ManagedServer& managed) const;
    static void note_wish(const DesiredState& desired, ManagedServer& managed);
    static void note_snapshot(Snapshot& snapshot, const SnapshotProgress& seen);
    static void note_members(Snapshot& snapshot, ManagedServer& managed);
    void note_unsafe_commit(const Snapshot& snapshot, ManagedServer& managed) const;
    void note_crash(const Snapshot& snapshot, ManagedServer& managed) const;
    void note_trouble(const Snapshot& snapshot, ManagedServer& managed) const;
    void report(const RecordSet& records, const std::string& message, ManagedServer& managed) const;
    Result<void> act(Step step, const Snapshot& snapshot, ManagedServer& managed) const;
    bool backup_is_due(const ServerKeys& keys, const Snapshot& snapshot) const;
    Result<store::Write> new_backup(const RecordSet& records) const;
    Result<void> change_records(Step step, const Snapshot& snapshot, ManagedServer& managed) const;
    void log_step(const ServerKeys& keys, const NextAction& action, const Result<void>& done) const;
    Result<std::vector<store::Write>> ends_with(const RecordSet& records) const;
    Result<void> add_claims(const RecordSet& before, const RecordSet& after,
                            std::vector<store::Write>& writes) const;

    const Deps deps_;
};

}  // namespace countersign::databases
