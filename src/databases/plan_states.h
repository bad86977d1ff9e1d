// For tests of the plan: every desired state with every observed one, and what a step that succeeds changes.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "databases/plan.h"

namespace countersign::databases::test {

inline constexpr std::array lifecycles = {Lifecycle::unknown, Lifecycle::deleted, Lifecycle::kept};
inline constexpr std::array displayed_all = {DisplayedStatus::settled,
                                             DisplayedStatus::configuring_access,
                                             DisplayedStatus::resetting_password,
                                             DisplayedStatus::upgrading,
                                             DisplayedStatus::failed,
                                             DisplayedStatus::other};
inline constexpr std::array work_states = {WorkState::none, WorkState::running, WorkState::done,
                                           WorkState::failed};

inline bool bit(unsigned bits, unsigned index) {
    return ((bits >> index) & 1U) != 0;
}

using Check = std::function<void(const DesiredState&, const ObservedState&)>;

// How far work is matters where it is desired: each kind by itself, with everything else.
inline void for_work(unsigned bits, Lifecycle lifecycle, DisplayedStatus displayed, const Check& check) {
    DesiredState desired{lifecycle, bit(bits, 0), bit(bits, 1), bit(bits, 2), bit(bits, 3), bit(bits, 4)};
    ObservedState observed{bit(bits, 5),  bit(bits, 6),  bit(bits, 7),  bit(bits, 8),  bit(bits, 9),
                           bit(bits, 10), bit(bits, 11), bit(bits, 12), bit(bits, 13), bit(bits, 14),
                           bit(bits, 15), bit(bits, 16), bit(bits, 17)};
    observed.displayed = displayed;
    check(desired, observed);
    const DesiredState without = desired;
    const ObservedState idle = observed;
    desired.backup = true;
    check(desired, observed);
    for (const WorkState state : work_states) {
        desired = without;
        observed = idle;
        desired.upgrade = true;
        observed.upgrade = state;
        check(desired, observed);
        desired = without;
        observed = idle;
        desired.restore = true;
        observed.restore = state;
        check(desired, observed);
        desired = without;
        observed = idle;
        desired.snapshot = true;
        observed.snapshot = state;
        observed.snapshot_of_files = bit(bits, 0);
        observed.snapshot_progressed = state == WorkState::running && bit(bits, 3);
        check(desired, observed);
        observed.snapshot_unwanted = state != WorkState::none;
        check(desired, observed);
    }
}

// Every desired state with every observed one.
inline void for_all(const Check& check) {
    for (const Lifecycle lifecycle : lifecycles)
        for (const DisplayedStatus displayed : displayed_all)
            for (unsigned bits = 0; bits < (1U << 18); ++bits) for_work(bits, lifecycle, displayed, check);
}

// What a cluster's writer may be to its readers, with what matters for it.
inline void for_all_writers(const Check& check) {
    for (const DisplayedStatus displayed : displayed_all)
        for (unsigned bits = 0; bits < (1U << 17); ++bits) {
            DesiredState desired{.lifecycle = Lifecycle::kept, .running = true};
            desired.failover = bit(bits, 0);
            desired.leaving = bit(bits, 1);
            desired.successor = bit(bits, 2);
            desired.reboot = bit(bits, 3);
            ObservedState observed{.storage = true, .storage_recorded = true};
            observed.process = bit(bits, 4);
            observed.accounts = bit(bits, 5);
            observed.access_current = bit(bits, 6);
            observed.standby = bit(bits, 7);
            observed.ended = bit(bits, 8);
            observed.succession_failed = bit(bits, 9);
            observed.successor_follows = bit(bits, 10);
            observed.synchronous_differs = bit(bits, 11);
            observed.waiting = bit(bits, 12);
            observed.broken = bit(bits, 13);
            observed.breached = bit(bits, 14);
            observed.certificate_due = bit(bits, 15);
            observed.snapshot = bit(bits, 16) ? WorkState::running : WorkState::none;
            desired.snapshot = bit(bits, 16);
            observed.displayed = displayed;
            check(desired, observed);
        }
}

// What a server that is to lie still may be found as, a cluster's own among its readers.
inline void for_all_stopped(const Check& check) {
    for (const DisplayedStatus displayed : displayed_all)
        for (const WorkState snapshot : work_states)
            for (unsigned bits = 0; bits < (1U << 14); ++bits) {
                DesiredState desired{.lifecycle = Lifecycle::kept, .stopped = true};
                desired.snapshot = bit(bits, 0);
                desired.readers_stopping = bit(bits, 1);
                desired.successor = bit(bits, 2);
                desired.failover = bit(bits, 3);
                ObservedState observed;
                observed.storage = observed.storage_recorded = true;
                observed.process = bit(bits, 4);
                observed.accounts = bit(bits, 5);
                observed.standby = bit(bits, 6);
                observed.ended = bit(bits, 7);
                observed.synchronous_differs = bit(bits, 8);
                observed.successor_follows = bit(bits, 9);
                observed.access_current = bit(bits, 10);
                observed.waiting = bit(bits, 11);
                observed.broken = bit(bits, 12);
                observed.snapshot_of_files = bit(bits, 13);
                observed.snapshot = snapshot;
                observed.displayed = displayed;
                check(desired, observed);
            }
}

inline void for_all_readers(const Check& check) {
    for (const Lifecycle lifecycle : lifecycles)
        for (const DisplayedStatus displayed : displayed_all)
            for (const WorkState copying : work_states)
                for (unsigned bits = 0; bits < (1U << 15); ++bits) {
                    DesiredState desired{.lifecycle = lifecycle, .running = true};
                    desired.stopped = bit(bits, 12);
                    desired.reboot = bit(bits, 0);
                    desired.renewal = bit(bits, 1);
                    ObservedState observed;
                    observed.storage = bit(bits, 2);
                    observed.process = bit(bits, 3);
                    observed.standby = bit(bits, 4);
                    observed.lost_way = bit(bits, 5);
                    observed.access_current = bit(bits, 6);
                    observed.certificate_due = bit(bits, 7);
                    observed.waiting = bit(bits, 8);
                    observed.broken = bit(bits, 9);
                    observed.follows = bit(bits, 10);
                    desired.access_change = bit(bits, 11);
                    observed.storage_recorded = bit(bits, 13);
                    observed.replay_paused = bit(bits, 14);
                    observed.displayed = displayed;
                    observed.restore = copying;
                    check(desired, observed);
                }
}

inline std::optional<DisplayedStatus> shown_by(Step step) {
    if (step == Step::show_configuring) return DisplayedStatus::configuring_access;
    if (step == Step::show_resetting) return DisplayedStatus::resetting_password;
    if (step == Step::show_upgrading) return DisplayedStatus::upgrading;
    if (step == Step::show_failed) return DisplayedStatus::failed;
    if (step == Step::show_settled) return DisplayedStatus::settled;
    return std::nullopt;
}

// What rests because something works on its data goes on when that has ended.
inline bool end_work(const DesiredState& desired, ObservedState& observed) {
    if (desired.lifecycle == Lifecycle::unknown) return false;
    const bool kept = desired.lifecycle == Lifecycle::kept;
    WorkState* work = nullptr;
    if (observed.snapshot == WorkState::running) work = &observed.snapshot;
    if (desired.upgrade && !observed.process && kept && observed.storage &&
        observed.upgrade == WorkState::running)
        work = &observed.upgrade;
    if (desired.restore && !observed.storage && !observed.storage_recorded && kept &&
        observed.restore == WorkState::running)
        work = &observed.restore;
    if (work == nullptr) return false;
    *work = WorkState::done;
    return true;
}

// What a step that succeeds changes.
inline void apply(Step step, DesiredState& desired, ObservedState& observed) {
    observed.broken = false;
    observed.displayed = shown_by(step).value_or(observed.displayed);
    switch (step) {
        case Step::rest:
        case Step::show_configuring:
        case Step::show_resetting:
        case Step::show_failed:
        case Step::show_settled:
        case Step::show_upgrading:
            return;
        case Step::make_storage:
            observed.storage = true;
            return;
        case Step::begin_restore:
            observed.restore = WorkState::running;
            return;
        case Step::finish_restore:
            observed.restore = WorkState::none;
            observed.storage = true;
            return;
        case Step::order_backup:
            desired.backup = false;
            desired.snapshot = true;
            return;
        case Step::begin_snapshot:
            observed.snapshot = WorkState::running;
            return;
        case Step::record_snapshot_progress:
            observed.snapshot_progressed = false;
            return;
        case Step::finish_snapshot:
        case Step::record_snapshot_failed:
            desired.snapshot = false;
            observed.snapshot = WorkState::none;
            return;
        case Step::drop_snapshot:
            observed.snapshot = WorkState::none;
            observed.snapshot_unwanted = false;
            return;
        case Step::record_storage:
            observed.storage_recorded = true;
            return;
        case Step::start:
            observed.process = observed.access_current = true;
            return;
        case Step::make_accounts:
            observed.accounts = true;
            return;
        case Step::repair_boundary:
            observed.breached = false;
            return;
        case Step::apply_replication:
            observed.replication_due = false;
            return;
        case Step::record_iam_lost:
            observed.iam_role_missing = observed.access_current = false;
            return;
        case Step::record_version:
            observed.version_differs = false;
            return;
        case Step::record_restart_pending:
            observed.restart_pending_differs = false;
            return;
        case Step::record_shutdown:
            desired.reboot = false;
            return;
        case Step::apply_access:
            observed.access_current = true;
            observed.iam_role_missing = false;
            return;
        case Step::record_access:
            desired.access_change = false;
            return;
        case Step::set_password:
            desired.password_change = false;
            return;
        case Step::renew_certificate:
            observed.certificate_due = false;
            return;
        case Step::stop:
            observed.process = observed.replay_paused = false;
            return;
        case Step::begin_upgrade:
            observed.upgrade = WorkState::done;
            return;
        case Step::finish_upgrade:
            observed.upgrade = WorkState::none;
            observed.accounts = desired.upgrade = false;
            return;
        case Step::record_upgrade_failed:
            observed.upgrade = WorkState::none;
            desired.upgrade = false;
            return;
        case Step::promote:
            observed.standby = false;
            return;
        case Step::hand_over:
            desired.failover = desired.leaving = false;
            observed.ended = false;
            observed.standby = true;
            return;
        case Step::record_failover_failed:
            desired.failover = false;
            return;
        case Step::record_synchronous:
            observed.synchronous_differs = false;
            return;
        case Step::record_renewal:
            desired.renewal = true;
            return;
        case Step::begin_copy:
            observed.restore = WorkState::running;
            return;
        case Step::finish_copy:
            observed.restore = WorkState::none;
            observed.storage = observed.standby = true;
            observed.lost_way = desired.renewal = false;
            return;
        case Step::forget_member:
            desired.member_leaving = false;
            return;
        case Step::remove_storage:
            observed.storage = false;
            return;
        case Step::forget:
            desired.lifecycle = Lifecycle::unknown;
            return;
    }
}

}  // namespace countersign::databases::test
