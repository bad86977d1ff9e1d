#include "databases/record_changes.h"

#include <fmt/format.h>

#include <utility>

namespace countersign::databases {

using model::DatabaseStatus;

namespace {

void end_of_change(model::PendingChanges& pending) {
    if (!pending.iam_enabled && pending.master_verifier.empty() && pending.engine_version.empty())
        pending.apply_now = false;
}

std::string_view kind_of(const model::Snapshot& snapshot) {
    return snapshot.type == model::SnapshotType::manual ? "Manual" : "Automated";
}

// The identifier of the cluster's instance whose data is there.
std::string instance_at(const RecordSet& records, const std::string& home) {
    for (const store::Stored<model::DBInstance>& other : records.others)
        if (model::home_of(other.record, *records.server()) == home) return other.record.id;
    return home;
}

void end_of_upgrade(model::PendingChanges& pending) {
    pending.engine_version.clear();
    pending.parameter_group.clear();
    pending.member_parameter_group.clear();
    end_of_change(pending);
}

// What is said of an instance that comes to be available, or stopped.
std::vector<std::string_view> settling(const model::DBInstance& instance, DatabaseStatus settled) {
    if (settled == DatabaseStatus::stopped)
        return instance.status == settled ? std::vector<std::string_view>()
                                          : std::vector<std::string_view>{"DB instance stopped"};
    std::vector<std::string_view> messages;
    if (instance.status == DatabaseStatus::creating) messages.emplace_back("DB instance created");
    if (instance.status == DatabaseStatus::failed)
        messages.emplace_back("Recovery of the DB instance is complete");
    if (instance.status == DatabaseStatus::rebooting) messages.emplace_back("DB instance restarted");
    if (instance.halt == model::Halt::starting) messages.emplace_back("DB instance started");
    return messages;
}

void settle_cluster(Change& change, DatabaseStatus settled) {
    model::DBCluster& cluster = change.after.cluster->record;
    if (settled == DatabaseStatus::stopped && cluster.status != settled)
        change.reported.emplace_back("DB cluster stopped");
    if (settled == DatabaseStatus::available && cluster.halt == model::Halt::starting)
        change.reported.emplace_back("DB cluster started");
    if (settled == DatabaseStatus::available) cluster.halt = model::Halt::none;
    cluster.status = settled;
}

}  // namespace

void settle(Change& change) {
    RecordSet& after = change.after;
    const DatabaseStatus settled = after.stopped() ? DatabaseStatus::stopped : DatabaseStatus::available;
    for (store::Stored<model::DBInstance>& instance : after.instances) {
        if (instance.record.wish == model::Wish::deleted) continue;
        for (const std::string_view message : settling(instance.record, settled))
            change.reported_of.emplace_back(source_of(instance.record), message);
        instance.record.status = settled;
        if (settled == DatabaseStatus::available) instance.record.halt = model::Halt::none;
    }
    if (after.is_of_cluster()) settle_cluster(change, settled);
}

void fail(Change& change, const Observation& seen, const std::string& reason) {
    RecordSet& after = change.after;
    if (!seen.storage) after.set_status(DatabaseStatus::failed);
    for (store::Stored<model::DBInstance>& instance : after.instances)
        if (instance.record.wish == model::Wish::available) instance.record.status = DatabaseStatus::failed;
    const bool lost = after.server()->created && !seen.storage && !after.reader;
    change.reported.push_back("The database failed: " + (lost ? "its data directory is gone" : reason));
}

void show_upgrading(Change& change) {
    model::Membership& membership = change.after.server()->membership;  // nobody succeeds it from then on
    membership.synchronous.clear();
    membership.successor.clear();
    change.after.set_status(DatabaseStatus::upgrading);
    for (store::Stored<model::DBInstance>& instance : change.after.instances)
        if (instance.record.wish == model::Wish::available)
            instance.record.status = DatabaseStatus::upgrading;
}

void drop_members(Change& change) {
    std::erase_if(change.after.instances, [&change](const store::Stored<model::DBInstance>& instance) {
        if (instance.record.wish == model::Wish::available) return false;
        change.reported_of.emplace_back(source_of(instance.record), "DB instance deleted");
        return true;
    });
}

// Data that is lost later is not restored by itself.
void record_storage(Change& change) {
    change.after.server()->created = true;
    if (std::exchange(change.after.server()->origin, std::nullopt))
        change.reported.emplace_back(change.after.cluster ? "DB cluster restored from snapshot"
                                                          : "DB instance restored from snapshot");
    if (!change.after.cluster || change.after.status() != DatabaseStatus::creating) return;
    change.after.set_status(DatabaseStatus::available);
    change.reported.emplace_back("DB cluster created");
}

void record_access(Change& change) {
    model::Server& server = *change.after.server();
    server.iam_enabled = server.pending.iam_enabled.value_or(server.iam_enabled);
    server.pending.iam_enabled.reset();
    end_of_change(server.pending);
    change.reported.push_back(
        fmt::format("IAM database authentication was turned {}", server.iam_enabled ? "on" : "off"));
}

void record_version(Change& change, const std::string& version) {
    model::Server& server = *change.after.server();
    change.reported.push_back(fmt::format("PostgreSQL was upgraded from version {} to {} on this machine",
                                          server.engine_version, version));
    server.engine_version = version;
}

// The groups of before are of the family of before.
void record_upgrade(Change& change) {
    model::Server& server = *change.after.server();
    change.reported.push_back(
        fmt::format("Database engine major version was upgraded from {} to {}. The planner's statistics are "
                    "not carried over: run ANALYZE in each database",
                    server.engine_version, server.pending.engine_version));
    server.engine_version = server.pending.engine_version;
    const std::string& of_members =
        change.after.cluster ? server.pending.member_parameter_group : server.pending.parameter_group;
    for (store::Stored<model::DBInstance>& instance : change.after.instances)
        instance.record.parameter_group = of_members;
    change.after.server()->membership.synchronous.clear();
    if (change.after.cluster) {
        for (store::Stored<model::DBInstance>& other : change.after.others)
            other.record.parameter_group = of_members;
        change.after.cluster->record.parameter_group = server.pending.parameter_group;
    }
    end_of_upgrade(server.pending);
}

void record_upgrade_failed(Change& change, const std::string& reason) {
    model::Server& server = *change.after.server();
    change.reported.push_back(
        fmt::format("The upgrade from version {} to {} failed, and nothing was changed: {}",
                    server.engine_version, server.pending.engine_version, reason));
    end_of_upgrade(server.pending);
}

void record_snapshot(Change& change, const Observation& seen, Instant now) {
    model::Snapshot& snapshot = change.after.snapshots[0].record;
    snapshot.status = model::SnapshotStatus::available;
    snapshot.percent = 100;
    snapshot.bytes = seen.snapshot.bytes;
    snapshot.accounts = seen.accounts;
    snapshot.finished = now;
    snapshot.server.membership.home = change.after.server()->membership.home;  // whose data it is
    change.reported.push_back(fmt::format("{} snapshot created: {}", kind_of(snapshot), snapshot.id));
}

// What is to be deleted with a last snapshot is kept without one.
void record_snapshot_failed(Change& change, const std::string& reason) {
    model::Snapshot& snapshot = change.after.snapshots[0].record;
    snapshot.status = model::SnapshotStatus::failed;
    snapshot.failure = reason;
    change.reported.push_back(fmt::format("The snapshot {} failed: {}", snapshot.id, reason));
    if (!snapshot.before_deletion || !change.after.deleted()) return;
    change.after.keep();
    change.reported.emplace_back("It is not deleted, since its last snapshot failed");
}

// What was still to be made of it is not to be had any more.
void forget(Change& change) {
    if (change.after.reader) return drop_members(change);
    RecordSet after;
    after.others = change.after.others;
    after.snapshots = change.after.snapshots;
    for (store::Stored<model::Snapshot>& snapshot : after.snapshots) {
        snapshot.record.status = model::SnapshotStatus::failed;
        snapshot.record.failure = "its database was deleted before";
    }
    change.reported.emplace_back(change.after.cluster ? "DB cluster deleted" : "DB instance deleted");
    change.after = std::move(after);
}

// The reboot has begun, and is not asked for any more: what stopped is started in any case.
void record_shutdown(Change& change) {
    for (store::Stored<model::DBInstance>& instance : change.after.instances)
        if (std::exchange(instance.record.reboot, false))
            change.reported_of.emplace_back(source_of(instance.record), "DB instance shutdown");
}

void record_iam_lost(Change& change) {
    change.after.server()->iam_enabled = false;
    change.reported.emplace_back(
        "IAM database authentication was turned off: the role rds_iam is gone. Turn it on again to have the "
        "role made; its members have to be granted it again");
}

void record_password(Change& change) {
    model::PendingChanges& pending = change.after.server()->pending;
    pending.master_verifier.clear();
    end_of_change(pending);
    change.reported.emplace_back("Reset master credentials");
}

// Who is the writer's instance now, or follows nobody any more.
void record_promotion(Change& change) {
    if (!change.after.cluster) {
        change.reported.emplace_back("Replication on the Read Replica was successfully terminated");
        return;
    }
    for (const store::Stored<model::DBInstance>& instance : change.after.instances)
        change.reported.push_back("Completed failover to DB instance: " + instance.record.id);
}

// From here on the other one's data is the cluster's.
void record_handing_over(Change& change) {
    RecordSet& after = change.after;
    const std::string home = successor_of(after);
    model::Membership& membership = after.server()->membership;
    if (membership.successor.empty())
        change.reported.push_back("Started same AZ failover to DB instance: " + instance_at(after, home));
    membership.home = home;
    membership.synchronous.clear();
    membership.successor.clear();
    after.set_status(DatabaseStatus::failing_over);
    // Who takes it for lost at this moment, or deletes it, is too late or comes first.
    for (store::Stored<model::DBInstance>& other : after.others)
        if (model::home_of(other.record, *after.server()) == home)
            other.record.status = DatabaseStatus::failing_over;
    for (store::Stored<model::DBInstance>& instance : after.instances)
        if (instance.record.wish == model::Wish::available)
            instance.record.status = DatabaseStatus::rebooting;
}

void record_renewal(Change& change) {
    model::DBInstance& instance = change.after.instances[0].record;
    instance.renewing = true;
    if (!change.after.cluster) change.after.server()->created = false;
    if (instance.status == DatabaseStatus::available) instance.status = DatabaseStatus::rebooting;
    change.reported.emplace_back(
        "Its data is made anew out of the writer's, since it cannot follow it otherwise");
}

void record_copy(Change& change) {
    change.after.instances[0].record.renewing = false;
}

void record_failover_failed(Change& change) {
    change.after.server()->membership.successor.clear();
    change.reported.emplace_back(
        "Cluster failover failed, check the health of your cluster instances and try again.");
}

void record_synchronous(Change& change, const std::string& home) {
    std::string& recorded = change.after.server()->membership.synchronous;
    change.reported.push_back(
        home.empty()
            ? fmt::format("Commits do not wait for a reader any more: the DB instance {} does not follow",
                          instance_at(change.after, recorded))
            : fmt::format("Commits wait for the DB instance {}, so that a failover to it loses none",
                          instance_at(change.after, home)));
    recorded = home;
}

}  // namespace countersign::databases
