// What to do next for one server: a total function from what is wished and what was seen to one step, with
// its reason. Pure; reconcile.h observes, asks here, and acts.
#pragma once

#include <string_view>

namespace countersign::databases {

enum class Fate {
    unknown,  // no record names the server: it must not run, and its data is nobody's to delete
    deleted,
    kept,
};

// Wishes, from the records.
struct Wanted {
    Fate fate = Fate::unknown;
    bool running = false;          // an instance wants it to run
    bool member_leaving = false;   // an instance of the cluster is wished deleted
    bool access_change = false;    // IAM is to be turned on or off, now
    bool password_change = false;  // the master user gets another password, now
    friend bool operator==(const Wanted&, const Wanted&) = default;
};

enum class Shown { settled, configuring_access, resetting_password, failed, other };

// Facts, from the disk, the processes and the records' statuses.
struct Seen {
    bool storage = false;           // the data directory is complete
    bool storage_recorded = false;  // the record says so
    bool process = false;           // the postmaster runs
    bool accounts = false;          // the master user and its database have been made
    bool access_current = false;    // the rules in force are those that are wished
    bool breached = false;          // one of its users is more than a user may be, or a role of RDS's is gone
    bool iam_role_gone = false;     // IAM is in force by the record, and rds_iam has been dropped or renamed
    bool certificate_due = false;
    bool waiting = false;  // the last step failed, and it is too early to try again
    bool broken = false;   // the last step failed; where the server runs, not for the first time
    Shown shown =
        Shown::other;  // by the statuses: settled is what this state should show when nothing is to do
    friend bool operator==(const Seen&, const Seen&) = default;
};

enum class Step {
    rest,
    make_storage,
    record_storage,
    start,
    make_accounts,
    mend_boundary,
    record_iam_lost,
    apply_access,
    record_access,
    set_password,
    renew_certificate,
    stop,
    forget_member,
    remove_storage,
    forget,
    show_configuring,
    show_resetting,
    show_failed,
    show_settled,
};

struct Move {
    Step step = Step::rest;
    std::string_view because;
};

Move next_move(const Wanted& wanted, const Seen& seen);

std::string_view name_of(Step step);

}  // namespace countersign::databases
