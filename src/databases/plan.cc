#include "databases/plan.h"

namespace countersign::databases {

namespace {

Move leave_alone(const Seen& seen) {
    if (seen.process) return {Step::stop, "no record names it"};
    return {Step::rest, "its data is nobody's"};
}

Move end(const Seen& seen) {
    if (seen.waiting) return {Step::rest, "it is too early to try again"};
    if (seen.process) return {Step::stop, "it is wished deleted"};
    if (seen.storage) return {Step::remove_storage, "it is wished deleted and stopped"};
    return {Step::forget, "nothing of it is left"};
}

// A server that serves as it is shown is not called failed for what is only to be renewed.
Move hold_still(const Seen& seen) {
    const bool serves = seen.process && seen.shown == Shown::settled;
    if (seen.broken && seen.shown != Shown::failed && !serves)
        return {Step::show_failed, "the last step failed"};
    return {Step::rest, "it is too early to try again"};
}

Move make(const Seen& seen) {
    if (!seen.storage_recorded) return {Step::make_storage, "it has no data directory yet"};
    if (seen.shown != Shown::failed) return {Step::show_failed, "its data directory is gone"};
    return {Step::rest, "its data directory is gone"};
}

// What is tried again after a failure shows when it has succeeded, not before.
bool shows_change(const Seen& seen, Shown change) {
    return seen.shown == change || seen.shown == Shown::failed;
}

// A member that leaves while another wants the server does not stop it.
Move let_member_go(const Wanted& wanted, const Seen& seen) {
    if (seen.process && !wanted.running) return {Step::stop, "its last instance is wished deleted"};
    return {Step::forget_member, "an instance is wished deleted and is not running"};
}

// Only a server that runs can take another master password; the change waits until one does.
Move lie_still(const Wanted& wanted, const Seen& seen) {
    if (seen.process) return {Step::stop, "no instance wants it"};
    if (wanted.access_change) return {Step::record_access, "the rules are written when it starts"};
    if (seen.shown != Shown::settled) return {Step::show_settled, "its storage is ready"};
    return {Step::rest, "no instance wants it to run"};
}

Move run(const Wanted& wanted, const Seen& seen) {
    if (!seen.process) return {Step::start, "an instance wants it to run"};
    if (!seen.accounts) return {Step::make_accounts, "its master user has not been made"};
    if (seen.breached) return {Step::mend_boundary, "a user of it has, or lacks, what no user may change"};
    if (seen.iam_role_gone && !wanted.access_change)
        return {Step::record_iam_lost, "without rds_iam no token can log in"};
    if (wanted.access_change && !shows_change(seen, Shown::configuring_access))
        return {Step::show_configuring, "IAM authentication is to change"};
    if (!seen.access_current) return {Step::apply_access, "the rules in force are not those wished"};
    if (wanted.access_change) return {Step::record_access, "the wished rules are in force"};
    if (wanted.password_change && !shows_change(seen, Shown::resetting_password))
        return {Step::show_resetting, "the master password is to change"};
    if (wanted.password_change) return {Step::set_password, "the master password is to change"};
    if (seen.certificate_due)
        return {Step::renew_certificate, "its certificate is about to end, or lacks a name"};
    if (seen.shown != Shown::settled) return {Step::show_settled, "all is as wished"};
    return {Step::rest, "all is as wished"};
}

}  // namespace

Move next_move(const Wanted& wanted, const Seen& seen) {
    if (wanted.fate == Fate::unknown) return leave_alone(seen);
    if (wanted.fate == Fate::deleted) return end(seen);
    if (wanted.member_leaving) return let_member_go(wanted, seen);
    if (seen.waiting) return hold_still(seen);
    if (!seen.storage) return make(seen);
    if (!seen.storage_recorded) return {Step::record_storage, "its data directory is complete"};
    return wanted.running ? run(wanted, seen) : lie_still(wanted, seen);
}

std::string_view name_of(Step step) {
    switch (step) {
        case Step::rest:
            return "rest";
        case Step::make_storage:
            return "make_storage";
        case Step::record_storage:
            return "record_storage";
        case Step::start:
            return "start";
        case Step::make_accounts:
            return "make_accounts";
        case Step::mend_boundary:
            return "mend_boundary";
        case Step::record_iam_lost:
            return "record_iam_lost";
        case Step::apply_access:
            return "apply_access";
        case Step::record_access:
            return "record_access";
        case Step::set_password:
            return "set_password";
        case Step::renew_certificate:
            return "renew_certificate";
        case Step::stop:
            return "stop";
        case Step::forget_member:
            return "forget_member";
        case Step::remove_storage:
            return "remove_storage";
        case Step::forget:
            return "forget";
        case Step::show_configuring:
            return "show_configuring";
        case Step::show_resetting:
            return "show_resetting";
        case Step::show_failed:
            return "show_failed";
        case Step::show_settled:
            return "show_settled";
    }
    return "unknown";
}

}  // namespace countersign::databases
