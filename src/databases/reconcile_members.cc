// What concerns the servers of one cluster among each other.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "databases/members.h"
#include "databases/reconcile.h"

namespace countersign::databases {

namespace {

constexpr auto successor_follows_within = std::chrono::seconds(10);

}  // namespace

void Reconciler::note_members(Snapshot& snapshot, ManagedServer& managed) {
    ObservedState& observed = snapshot.observed;
    observed.ended = managed.ended;
    observed.succession_failed = managed.succession_failed;
    if (!snapshot.records.is_of_cluster() || !observed.process) return;
    managed.followers = snapshot.seen.followers;
    observed.successor_follows = std::ranges::count(managed.followers, successor_of(snapshot.records)) > 0;
    if (!snapshot.desired.failover || observed.successor_follows)
        managed.awaited.reset();
    else if (!managed.awaited)
        managed.awaited.emplace(successor_follows_within);
    if (managed.awaited && managed.awaited->passed()) observed.succession_failed = true;
    snapshot.synchronous = synchronous_now(snapshot.records, snapshot.seen, managed.missed);
    observed.synchronous_differs = snapshot.synchronous != snapshot.records.server()->membership.synchronous;
}

void Reconciler::note_unsafe_commit(const Snapshot& snapshot, ManagedServer& managed) const {
    const std::string before = std::exchange(managed.unsafe_commit, unsafe_commit(snapshot.records));
    if (managed.unsafe_commit.empty() || managed.unsafe_commit == before) return;
    report(snapshot.records,
           fmt::format("Commits are acknowledged before a reader has them, so that a failover may lose some: "
                       "synchronous_commit is {} by a parameter group",
                       managed.unsafe_commit),
           managed);
}

Result<void> Reconciler::add_claims(const RecordSet& before, const RecordSet& after,
                                    std::vector<store::Write>& writes) const {
    for (const HeldClaim& held : claims_given_up(before, after)) {
        const auto claim = TRY(store::load<model::PortClaim>(deps_.store, held.key));
        if (claim && claim->record.resource_id == held.owner) writes.push_back(store::erase(held.key));
    }
    return {};
}

}  // namespace countersign::databases
