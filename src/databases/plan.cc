#include "databases/plan.h"

#include <boost/describe.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <optional>

namespace countersign::databases {

BOOST_DESCRIBE_ENUM(Step, rest, make_storage, record_storage, start, make_accounts, repair_boundary,
                    apply_replication, record_iam_lost, record_version, record_restart_pending,
                    record_shutdown, apply_access, record_access, set_password, renew_certificate, stop,
                    begin_restore, finish_restore, order_backup, begin_snapshot, record_snapshot_progress,
                    finish_snapshot, record_snapshot_failed, drop_snapshot, begin_upgrade, finish_upgrade,
                    record_upgrade_failed, promote, hand_over, record_failover_failed, record_synchronous,
                    record_renewal, begin_copy, finish_copy, forget_member, remove_storage, forget,
                    show_configuring, show_resetting, show_upgrading, show_failed, show_settled)

namespace {

NextAction leave_alone(const ObservedState& observed) {
    if (observed.process) return {Step::stop, "no record names it"};
    return {Step::rest, "its data is nobody's"};
}

// What is to be done about its snapshots now; nothing while one is made.
std::optional<NextAction> back_up(const DesiredState& desired, const ObservedState& observed) {
    if (observed.snapshot_unwanted)
        return NextAction{Step::drop_snapshot, "nobody wants the snapshot any more"};
    if (!desired.snapshot) return std::nullopt;
    switch (observed.snapshot) {
        case WorkState::none:
            return NextAction{Step::begin_snapshot, "a snapshot of it is asked for"};
        case WorkState::running:
            if (!observed.snapshot_progressed) return std::nullopt;
            return NextAction{Step::record_snapshot_progress, "the snapshot has grown"};
        case WorkState::done:
            return NextAction{Step::finish_snapshot, "the snapshot is complete"};
        case WorkState::failed:
            return NextAction{Step::record_snapshot_failed, "the snapshot failed"};
    }
    return std::nullopt;
}

bool is_backed_up(const ObservedState& observed) {
    return observed.snapshot == WorkState::running;
}

NextAction see_backup_through(const DesiredState& desired, const ObservedState& observed) {
    return back_up(desired, observed).value_or(NextAction{Step::rest, "a snapshot is made of it"});
}

NextAction end(const DesiredState& desired, const ObservedState& observed) {
    if (observed.waiting) return {Step::rest, "it is too early to try again"};
    if (observed.storage) {
        if (const auto snapshot = back_up(desired, observed)) return *snapshot;
        if (is_backed_up(observed)) return see_backup_through(desired, observed);
    }
    if (observed.process) return {Step::stop, "it is to be deleted"};
    if (observed.storage) return {Step::remove_storage, "it is to be deleted and stopped"};
    if (desired.readers_left) return {Step::rest, "its readers go first"};
    return {Step::forget, "nothing of it is left"};
}

// A server that serves as it is shown is not called failed for what is only to be renewed.
NextAction hold_still(const ObservedState& observed) {
    const bool serves = observed.process && observed.displayed == DisplayedStatus::settled;
    if (observed.broken && observed.displayed != DisplayedStatus::failed && !serves)
        return {Step::show_failed, "the last step failed"};
    return {Step::rest, "it is too early to try again"};
}

NextAction show_lost(const ObservedState& observed, std::string_view because) {
    return {observed.displayed == DisplayedStatus::failed ? Step::rest : Step::show_failed, because};
}

NextAction make(const DesiredState& desired, const ObservedState& observed) {
    if (observed.storage_recorded) return show_lost(observed, "its data directory is gone");
    if (!desired.restore) return {Step::make_storage, "it has no data directory yet"};
    switch (observed.restore) {
        case WorkState::none:
            return {Step::begin_restore, "its data is to be that of a snapshot"};
        case WorkState::running:
            return {Step::rest, "its data is being restored"};
        case WorkState::done:
            return {Step::finish_restore, "its data is restored"};
        case WorkState::failed:
            return show_lost(observed, "its data could not be restored");
    }
    return {Step::rest, "unknown"};
}

// What is tried again after a failure shows when it has succeeded, not before.
bool shows_change(const ObservedState& observed, DisplayedStatus change) {
    return observed.displayed == change || observed.displayed == DisplayedStatus::failed;
}

// A member that leaves while another wants the server does not stop it.
NextAction let_member_go(const DesiredState& desired, const ObservedState& observed) {
    const bool stops = observed.process && !desired.running;
    if (stops && is_backed_up(observed)) return see_backup_through(desired, observed);
    if (stops) return {Step::stop, "its last instance is to be deleted"};
    return {Step::forget_member, "an instance is to be deleted and is not running"};
}

// What runs has stopped for it. While pg_upgrade works the data that it reads is nobody else's to start.
NextAction upgrade(const ObservedState& observed) {
    if (!shows_change(observed, DisplayedStatus::upgrading))
        return {Step::show_upgrading, "its data is to become another major version's"};
    if (observed.process) return {Step::stop, "its data is to become another major version's"};
    switch (observed.upgrade) {
        case WorkState::none:
            return {Step::begin_upgrade, "it has stopped, to be upgraded"};
        case WorkState::running:
            return {Step::rest, "pg_upgrade works on its data"};
        case WorkState::done:
            return {Step::finish_upgrade, "the data of the other version is complete"};
        case WorkState::failed:
            return {Step::record_upgrade_failed, "the upgrade failed, and the data of before is whole"};
    }
    return {Step::rest, "unknown"};
}

// Only a server that runs can take another master password; the change waits until one does.
NextAction lie_still(const DesiredState& desired, const ObservedState& observed) {
    if (is_backed_up(observed)) return see_backup_through(desired, observed);
    if (observed.process && desired.stopped)
        if (const auto snapshot = back_up(desired, observed)) return *snapshot;
    if (observed.process) return {Step::stop, "no instance wants it"};
    if (const auto snapshot = back_up(desired, observed)) return *snapshot;
    if (desired.upgrade) return upgrade(observed);
    if (desired.access_change) return {Step::record_access, "the rules are written when it starts"};
    if (desired.readers_stopping) return {Step::rest, "its readers have not stopped yet"};
    if (observed.displayed != DisplayedStatus::settled) return {Step::show_settled, "its storage is ready"};
    return {Step::rest, "no instance wants it to run"};
}

// Once it has stopped nothing is acknowledged any more, and its successor gets to have all of it.
NextAction fail_over(const DesiredState& desired, const ObservedState& observed) {
    if (!observed.process && desired.successor && !observed.succession_failed)
        return {Step::hand_over, "it has stopped, for another instance to become the writer"};
    if (!observed.process) return {Step::record_failover_failed, "no instance can become the writer"};
    if (desired.successor && observed.successor_follows)
        return {Step::stop, "another instance is to become the writer"};
    if (!desired.successor) return {Step::record_failover_failed, "no instance can become the writer"};
    if (!observed.succession_failed) return {Step::rest, "its successor is about to follow it"};
    return {Step::record_failover_failed, "the instance that is to become the writer does not follow it"};
}

// A server that ended is not waited for where a reader has all that it acknowledged.
std::optional<NextAction> be_succeeded(const DesiredState& desired, const ObservedState& observed) {
    if (!desired.successor || observed.succession_failed) return std::nullopt;
    if (observed.upgrade != WorkState::none) return std::nullopt;
    if (observed.process && desired.leaving && observed.successor_follows)
        return NextAction{Step::stop, "its instance is to be deleted, and another to become the writer"};
    if (!observed.process && desired.leaving)
        return NextAction{Step::hand_over, "its instance is to be deleted"};
    if (!observed.process && observed.ended)
        return NextAction{Step::hand_over, "it ended, and a reader has all that it acknowledged"};
    return std::nullopt;
}

NextAction keep_running(const DesiredState& desired, const ObservedState& observed) {
    const bool free = !is_backed_up(observed);
    if (desired.failover) return fail_over(desired, observed);
    if (const auto succession = be_succeeded(desired, observed)) return *succession;
    if (desired.reboot && observed.process && free) return {Step::stop, "it is to be restarted"};
    if (desired.reboot && !observed.process)
        return {Step::record_shutdown, "it has stopped, to be started again"};
    if (desired.upgrade && free && !observed.standby) return upgrade(observed);
    if (!observed.process && !free && observed.snapshot_of_files)
        return see_backup_through(desired, observed);
    if (!observed.process) return {Step::start, "an instance wants it to run"};
    if (observed.standby && observed.broken) return {Step::stop, "it could not be promoted as it runs"};
    if (observed.standby) return {Step::promote, "it is the writer now"};
    if (observed.synchronous_differs)
        return {Step::record_synchronous, "other readers than before have what is acknowledged"};
    if (!observed.accounts)
        return {Step::make_accounts, "its master user has not been made, or was made by another version"};
    if (observed.breached)
        return {Step::repair_boundary, "a user of it has, or lacks, what no user may change"};
    if (observed.replication_due) return {Step::apply_replication, "other users may use replication than do"};
    if (observed.version_differs) return {Step::record_version, "PostgreSQL was upgraded"};
    if (observed.iam_role_missing && !desired.access_change)
        return {Step::record_iam_lost, "without rds_iam no token can log in"};
    if (desired.access_change && !shows_change(observed, DisplayedStatus::configuring_access))
        return {Step::show_configuring, "IAM authentication is to change"};
    if (!observed.access_current) return {Step::apply_access, "the rules in force are not those desired"};
    if (desired.access_change) return {Step::record_access, "the desired rules are in force"};
    if (observed.restart_pending_differs)
        return {Step::record_restart_pending, "other parameters than before wait for a start"};
    if (desired.password_change && !shows_change(observed, DisplayedStatus::resetting_password))
        return {Step::show_resetting, "the master password is to change"};
    if (desired.password_change) return {Step::set_password, "the master password is to change"};
    if (const auto snapshot = back_up(desired, observed)) return *snapshot;
    if (desired.backup && !desired.snapshot && free) return {Step::order_backup, "it is time for a backup"};
    if (observed.certificate_due)
        return {Step::renew_certificate, "its certificate is about to end, or lacks a name"};
    if (desired.reboot) return {Step::rest, "its restart waits for a snapshot"};
    if (observed.displayed != DisplayedStatus::settled) return {Step::show_settled, "all is as desired"};
    return {Step::rest, "all is as desired"};
}

NextAction copy(const ObservedState& observed) {
    switch (observed.restore) {
        case WorkState::none:
            return {Step::begin_copy, "its data is to be its writer's"};
        case WorkState::running:
            return {Step::rest, "its data is being copied"};
        case WorkState::done:
            return {Step::finish_copy, "its data is copied"};
        case WorkState::failed:
            if (observed.displayed != DisplayedStatus::failed)
                return {Step::show_failed, "its data could not be copied"};
            return {Step::begin_copy, "its data could not be copied before"};
    }
    return {Step::rest, "unknown"};
}

// Once that is recorded nobody takes it for the successor of the writer.
NextAction keep_following(const DesiredState& desired, const ObservedState& observed) {
    if (desired.renewal)
        return {observed.process ? Step::stop : Step::remove_storage, "it is to be made anew"};
    if (!observed.storage_recorded) return {Step::record_storage, "its data is copied"};
    if (!observed.standby) return {Step::record_renewal, "another instance is the writer"};
    if (observed.lost_way) return {Step::record_renewal, "it cannot follow its writer"};
    if (desired.reboot && observed.process) return {Step::stop, "it is to be restarted"};
    if (desired.reboot) return {Step::record_shutdown, "it has stopped, to be started again"};
    if (!observed.process) return {Step::start, "it is to follow its writer"};
    if (observed.replay_paused) return {Step::stop, "its writer was started with other settings than it"};
    if (observed.iam_role_missing && !desired.access_change)
        return {Step::record_iam_lost, "without rds_iam no token can log in"};
    if (!observed.access_current) return {Step::apply_access, "the rules in force are not those desired"};
    if (desired.access_change) return {Step::record_access, "the desired rules are in force"};
    if (observed.certificate_due)
        return {Step::renew_certificate, "its certificate is about to end, or lacks a name"};
    if (!observed.follows) return {Step::rest, "its writer does not send to it yet"};
    if (observed.displayed != DisplayedStatus::settled) return {Step::show_settled, "it follows its writer"};
    return {Step::rest, "it follows its writer"};
}

// What it is to become while it lies still, such as a copy of its writer's data, waits for the start.
NextAction lie_still_as_reader(const ObservedState& observed) {
    if (observed.process) return {Step::stop, "its cluster is to lie still"};
    if (observed.displayed != DisplayedStatus::settled) return {Step::show_settled, "it lies still"};
    return {Step::rest, "its cluster is to lie still"};
}

}  // namespace

NextAction next_action_of_reader(const DesiredState& desired, const ObservedState& observed) {
    if (desired.lifecycle == Lifecycle::unknown) return leave_alone(observed);
    if (desired.lifecycle == Lifecycle::deleted) return end(desired, observed);
    if (observed.waiting) return hold_still(observed);
    if (desired.stopped) return lie_still_as_reader(observed);
    if (!observed.storage) return copy(observed);
    return keep_following(desired, observed);
}

NextAction next_action(const DesiredState& desired, const ObservedState& observed) {
    if (desired.lifecycle == Lifecycle::unknown) return leave_alone(observed);
    if (desired.lifecycle == Lifecycle::deleted) return end(desired, observed);
    if (desired.member_leaving) return let_member_go(desired, observed);
    if (observed.waiting) return hold_still(observed);
    if (!observed.storage) return make(desired, observed);
    if (!observed.storage_recorded) return {Step::record_storage, "its data directory is complete"};
    return desired.running ? keep_running(desired, observed) : lie_still(desired, observed);
}

std::string_view name_of(Step step) {
    return boost::describe::enum_to_string(step, "unknown");
}

}  // namespace countersign::databases
