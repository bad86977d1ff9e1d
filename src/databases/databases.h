// Brings database servers to what the store's records (DBCluster and DBInstance) say they should be, and
// writes back what it observed: statuses, changes that were applied, events. Nobody calls it sideways; it
// watches the store, and goes on after a restart wherever it was. The servers themselves are an engine's. One
// Databases per engine.
#pragma once

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "crypto/random.h"
#include "databases/engine.h"
#include "store/store.h"

namespace countersign::databases {

class Databases {
public:
    // Everything passed by reference must outlive it.
    struct Deps {
        store::Store& store;
        Engine& engine;
        Clock& clock;
        crypto::Random& random;
        const Log& log;
    };

    explicit Databases(const Deps& deps);
    ~Databases();  // stops, if that has not been done
    Databases(const Databases&) = delete;
    Databases& operator=(const Databases&) = delete;

    // Adopts servers that still run, cleans up what is half-made and begins to reconcile. Fails when the
    // engine cannot hold databases at all, and says why.
    Result<void> start();
    // Waits until every database that was available before this start is so again, or has failed; not longer
    // than `patience`, since one that recovers from a crash may take long.
    void await_started(std::chrono::milliseconds patience) const;
    // Has every server looked at at once, and waits until each has been, but not longer than `patience` and
    // not while another thread waits: so no database can hold up more than one.
    void look_now(std::chrono::milliseconds patience = std::chrono::seconds(2)) const;
    // Ends the servers: fast shutdown, and immediate for those that do not come to an end in time.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::databases
