// What the records of a server ask for, and what their statuses show.
#include <algorithm>

#include "databases/record_set.h"
#include "databases/window.h"

namespace countersign::databases {

using model::DatabaseStatus;

namespace {

bool is_due(const model::PendingChanges& pending, const std::string& window_text, Instant now) {
    if (pending.apply_now) return true;
    const std::optional<Window> window = parse_window(window_text);
    return window && is_open(*window, now);
}

bool stays(const store::Stored<model::DBInstance>& instance) {
    return instance.record.wish == model::Wish::available;
}

bool has_readers(const RecordSet& records) {
    return std::ranges::any_of(records.others, stays);
}

// An instance of a stopped cluster that is to be deleted waits for the start: others may have to take over.
void lie_still(const RecordSet& records, DesiredState& desired) {
    desired.stopped = true;
    desired.running = desired.reboot = desired.member_leaving = false;
    if (!records.is_of_cluster()) return;
    desired.readers_stopping = std::ranges::any_of(records.others, [](const auto& other) {
        return stays(other) && other.record.status == DatabaseStatus::stopping;
    });
}

}  // namespace

std::string successor_of(const RecordSet& records) {
    if (!records.is_of_cluster()) return {};
    const model::Server& server = records.cluster->record.server;
    const model::Membership& membership = server.membership;
    const std::string& home = membership.successor.empty() ? membership.synchronous : membership.successor;
    const bool stays_there = std::ranges::any_of(records.others, [&](const auto& other) {
        return stays(other) && !other.record.renewing && model::home_of(other.record, server) == home;
    });
    return stays_there ? home : std::string();
}

DesiredState desired_state_of(const RecordSet& records, Instant now) {
    DesiredState desired;
    const model::Server* server = records.server();
    if (server == nullptr) return desired;
    desired.lifecycle = records.deleted() ? Lifecycle::deleted : Lifecycle::kept;
    desired.readers_left = records.is_of_cluster() && !records.others.empty();
    desired.successor = !successor_of(records).empty();
    desired.failover = records.is_of_cluster() && !server->membership.successor.empty();
    for (const store::Stored<model::DBInstance>& instance : records.instances) {
        if (instance.record.wish == model::Wish::available) {
            desired.running = true;
            desired.reboot = desired.reboot || instance.record.reboot;
        } else if (records.is_of_cluster()) {
            desired.member_leaving = true;
        }
    }
    if (records.stopped()) lie_still(records, desired);
    const bool due = !desired.stopped && is_due(server->pending, records.maintenance_window(), now);
    desired.access_change = due && server->pending.iam_enabled.has_value();
    if (records.reader) {
        desired.renewal = records.instances[0].record.renewing;
        desired.access_change = desired.access_change && !records.cluster;
        return desired;
    }
    // Another instance becomes the writer before one goes that leaves readers behind.
    desired.leaving = desired.member_leaving && !desired.running && has_readers(records);
    if (desired.leaving) {
        desired.member_leaving = false;
        desired.running = true;
    }
    desired.password_change = due && !server->pending.master_verifier.empty();
    const bool has_replicas = !records.cluster && !records.others.empty();  // of this version
    desired.upgrade = due && !server->pending.engine_version.empty() && !has_replicas;
    desired.restore = server->origin.has_value();
    desired.snapshot = !records.snapshots.empty();
    return desired;
}

DisplayedStatus displayed_status_of(const RecordSet& records) {
    const DatabaseStatus wished = records.stopped() ? DatabaseStatus::stopped : DatabaseStatus::available;
    bool settled = records.status() == wished;
    bool failed = records.status() == DatabaseStatus::failed;
    for (const store::Stored<model::DBInstance>& instance : records.instances) {
        if (instance.record.wish == model::Wish::deleted) continue;
        settled = settled && instance.record.status == wished;
        failed = failed || instance.record.status == DatabaseStatus::failed;
    }
    if (failed) return DisplayedStatus::failed;
    if (records.status() == DatabaseStatus::configuring_iam_database_auth)
        return DisplayedStatus::configuring_access;
    if (records.status() == DatabaseStatus::resetting_master_credentials)
        return DisplayedStatus::resetting_password;
    if (records.status() == DatabaseStatus::upgrading) return DisplayedStatus::upgrading;
    return settled ? DisplayedStatus::settled : DisplayedStatus::other;
}

}  // namespace countersign::databases
