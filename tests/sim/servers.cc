#include "sim/servers.h"

#include <chrono>
#include <iterator>
#include <stdexcept>

#include "model/keys.h"

namespace countersign::sim {

namespace {

// Longer than any run takes.
constexpr auto until_told = std::chrono::hours(24);

void hold(databases::ManagedServer& managed) {
    if (managed.retry) managed.retry.emplace(until_told);
    if (managed.young) managed.young.emplace(until_told);
    for (auto& [message, deadline] : managed.reported) deadline = Deadline(until_told);
}

}  // namespace

bool Servers::take_census() {
    const auto page = store::list_all(world_.faulty, model::keys::rds());
    if (!page) return false;
    databases::Census census;
    for (const store::Entry& entry : page->entries) census.set(entry.key, entry.value);
    for (const auto& [id, item] : items_) item->keys = databases::ServerKeys{id, {}, {}};
    for (const databases::ServerKeys& keys : census.servers()) {
        std::unique_ptr<Item>& item = items_[keys.resource_id];
        if (!item)
            item = std::make_unique<Item>(
                Item{{}, databases::ManagedServer(world_.engine.manage(keys.resource_id))});
        item->keys = keys;
    }
    return true;
}

// True when the server may be forgotten. A throw costs the server this round.
bool Servers::reconcile_one(Item& item) {
    bool gone = false;
    try {
        gone = reconciler_.reconcile_once(item.keys, item.managed);
    } catch (const std::runtime_error&) {
        gone = false;
    }
    hold(item.managed);
    return gone;
}

void Servers::reconcile() {
    if (!take_census()) return;
    for (auto item = items_.begin(); item != items_.end();)
        item = reconcile_one(*item->second) ? items_.erase(item) : std::next(item);
}

void Servers::pass() {
    for (const auto& [id, item] : items_) {
        item->managed.retry.reset();
        item->managed.young.reset();
        item->managed.reported.clear();
    }
}

}  // namespace countersign::sim
