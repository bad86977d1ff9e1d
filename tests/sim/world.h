// The real code under simulation, wired as `serve` wires it, over a store in memory that can fail and an
// engine that is a few flags.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "access/access.h"
#include "access/principals.h"
#include "agent/login_records.h"
#include "base/log.h"
#include "databases/fake_engine.h"
#include "gateway/gateway.h"
#include "gateway/test_client.h"
#include "model/rds.h"
#include "sim/chance.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace countersign::sim {

using gateway::test::Answer;
using gateway::test::Parameters;

struct World {
    explicit World(std::uint64_t seed);

    // A request signed by the account's root user. `service` is iam or rds.
    Answer call(const std::string& service, const std::string& action, const Parameters& parameters);

    // The record as it lies in the store, past all faults; nothing where there is none.
    std::optional<model::DBInstance> database(const std::string& identifier);

    Chance random;
    SimulatedClock clock;
    Log log{LogLevel::off};
    crypto::SealingKey sealing{Secret(std::string(32, 'k'))};
    std::unique_ptr<store::Store> store = store::make_memory();
    store::FaultyStore faulty{*store};
    databases::FakeEngine engine;
    access::Principals principals{faulty, sealing};
    access::LastUsed last_used{faulty};
    access::Access access{principals, last_used};
    telemetry::Metrics metrics;
    agent::LoginRecords records{principals};
    gateway::Dispatcher dispatcher;
    gateway::Gateway gateway{dispatcher, access, log, {}};
};

}  // namespace countersign::sim
