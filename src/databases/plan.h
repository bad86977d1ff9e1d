// What to do next for one server: total functions from what is desired and what was observed to one step,
// with its reason: for a server that has its data to itself, a cluster's writer among them, and for a
// cluster's reader. Pure; reconcile.h observes, asks here, and acts.
#pragma once

#include <string_view>

namespace countersign::databases {

enum class Lifecycle {
    unknown,  // no record names the server: it must not run, and its data is nobody's to delete
    deleted,
    kept,
};

// What the records ask for.
struct DesiredState {
    Lifecycle lifecycle = Lifecycle::unknown;
    bool running = false;           // an instance wants it to run
    bool member_leaving = false;    // an instance of the cluster is to be deleted
    bool access_change = false;     // IAM is to be turned on or off, now
    bool password_change = false;   // the master user gets another password, now
    bool reboot = false;            // it is to stop once, and start again
    bool upgrade = false;           // its data is to become another major version's, now
    bool restore = false;           // its data is to be that of a snapshot
    bool snapshot = false;          // a snapshot of it is to be made
    bool backup = false;            // it is time for an automated one
    bool failover = false;          // another instance is asked to become the writer
    bool leaving = false;           // its instance is to be deleted, and others stay
    bool readers_left = false;      // of a cluster that is to be deleted
    bool renewal = false;           // its data is nobody's, and is to be made anew
    bool successor = false;         // an instance could become the writer
    bool stopped = false;           // it is to lie still until somebody starts it
    bool readers_stopping = false;  // of the cluster that is to lie still
    friend bool operator==(const DesiredState&, const DesiredState&) = default;
};

enum class DisplayedStatus { settled, configuring_access, resetting_password, upgrading, failed, other };

// How far something is that works on a server's data for long: an upgrade, a snapshot, a restore.
enum class WorkState { none, running, done, failed };

// Facts, from the disk, the processes and the records' statuses.
struct ObservedState {
    bool storage = false;           // the data directory is complete
    bool storage_recorded = false;  // the record says so
    bool process = false;           // the postmaster runs
    bool accounts = false;          // the master user and its database have been made
    bool access_current = false;    // the rules in force are those that are desired
    bool breached = false;          // one of its users is more than a user may be, or a role of RDS's is gone
    bool iam_role_missing = false;  // IAM is in force by the record, and rds_iam has been dropped or renamed
    bool replication_due = false;   // other users may use replication than do
    bool certificate_due = false;
    bool restart_pending_differs = false;  // whether parameters wait for a start is not as the record says
    bool version_differs = false;  // another PostgreSQL runs than the record says: packages were upgraded
    bool waiting = false;          // the last step failed, and it is too early to try again
    bool broken = false;           // the last step failed; where the server runs, not for the first time
    WorkState upgrade = WorkState::none;
    WorkState restore = WorkState::none;
    WorkState snapshot = WorkState::none;
    bool snapshot_unwanted = false;    // it is made for a record that is gone
    bool snapshot_of_files = false;    // it is made of the files of a server that lies still
    bool snapshot_progressed = false;  // further than its record says
    bool standby = false;              // its data follows another server's
    bool ended = false;                // it ended by itself or does not start, and has not served since
    bool succession_failed = false;    // who was to become the writer could not, or does not follow
    bool successor_follows = false;    // the instance that is to become the writer has what it has
    bool synchronous_differs = false;  // another reader than the record says has what is acknowledged
    bool follows = false;              // its writer sends to it
    bool lost_way = false;             // it cannot follow its writer any more
    bool replay_paused = false;        // it receives, and does not apply
    DisplayedStatus displayed = DisplayedStatus::other;  // by the statuses: settled is what this state should
                                                         // show when nothing is to do
    friend bool operator==(const ObservedState&, const ObservedState&) = default;
};

enum class Step {
    rest,
    make_storage,
    record_storage,
    start,
    make_accounts,
    repair_boundary,
    apply_replication,
    record_iam_lost,
    record_version,
    record_restart_pending,
    record_shutdown,
    apply_access,
    record_access,
    set_password,
    renew_certificate,
    stop,
    begin_restore,
    finish_restore,
    order_backup,
    begin_snapshot,
    record_snapshot_progress,
    finish_snapshot,
    record_snapshot_failed,
    drop_snapshot,
    begin_upgrade,
    finish_upgrade,
    record_upgrade_failed,
    promote,
    hand_over,
    record_failover_failed,
    record_synchronous,
    record_renewal,
    begin_copy,
    finish_copy,
    forget_member,
    remove_storage,
    forget,
    show_configuring,
    show_resetting,
    show_upgrading,
    show_failed,
    show_settled,
};

struct NextAction {
    Step step = Step::rest;
    std::string_view because;
};

NextAction next_action(const DesiredState& desired, const ObservedState& observed);
NextAction next_action_of_reader(const DesiredState& desired, const ObservedState& observed);

std::string_view name_of(Step step);

}  // namespace countersign::databases
