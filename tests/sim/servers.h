// Drives databases::Reconciler as databases::Databases does, without its threads: what those wait for by the
// steady clock passes here when pass() says so.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "databases/reconcile.h"
#include "sim/world.h"

namespace countersign::sim {

class Servers {
public:
    explicit Servers(World& world)
        : world_(world), reconciler_({world.faulty, world.clock, world.random, world.log}) {}

    // One round of every server.
    void reconcile();
    // The waits after failures and crashes are over.
    void pass();

private:
    struct Item {
        databases::ServerKeys keys;
        databases::ManagedServer managed;
    };

    bool take_census();
    bool reconcile_one(Item& item);

    World& world_;
    databases::Reconciler reconciler_;
    std::map<std::string, std::unique_ptr<Item>> items_;  // by resource id
};

}  // namespace countersign::sim
