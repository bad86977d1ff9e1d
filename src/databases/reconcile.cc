#include "databases/reconcile.h"

#include <fmt/format.h>

#include <algorithm>

#include "databases/backups.h"
#include "databases/event_log.h"
#include "databases/managed_secrets.h"
#include "databases/members.h"
#include "databases/ports.h"
#include "databases/record_changes.h"
#include "model/backup_keys.h"
#include "model/keys.h"

namespace countersign::databases {

using model::DatabaseStatus;

namespace {

using namespace std::chrono_literals;

constexpr int actions_max = 32;        // in one round; the next one goes on
constexpr int wait_doublings_max = 8;  // of the wait after a failure: at most 256 s
constexpr auto first_wait = 1s;
constexpr auto stays_up_for = 30s;
constexpr auto report_again_after = 60s;
constexpr auto copy_again_after = 5s;
constexpr std::size_t reported_max = 10;  // in that time, of one database

void put_off(ManagedServer& managed) {
    managed.retry.emplace(first_wait * (1 << std::min(managed.failures, wait_doublings_max)));
    ++managed.failures;
}

// The first time it is restarted at once.
void put_off_after_crash(ManagedServer& managed) {
    if (managed.young && !managed.young->passed() && managed.failures > 0) return put_off(managed);
    managed.failures = 1;
    managed.retry.reset();
}

void clear_trouble(ManagedServer& managed) {
    managed.failures = 0;
    managed.broken = false;
    managed.retry.reset();
}

// A start that succeeds does not yet forgive: a server that ends soon after waits ever longer, too.
void note_success(Step step, ManagedServer& managed) {
    if (step == Step::show_failed) return;
    if (step == Step::start || step == Step::hand_over) managed.ended = managed.succession_failed = false;
    managed.broken = false;
    managed.retry.reset();
    if (step != Step::start) managed.failures = 0;
}

// Where no other instance can take over, the server is started again, and the other way round.
void note_failure(Step step, ManagedServer& managed) {
    managed.broken = true;
    if (step == Step::hand_over) managed.succession_failed = true;
    if (step != Step::start) return;
    managed.ended = managed.failures > 0;
    managed.succession_failed = false;
}

bool iam_desired(const model::Server& server, const DesiredState& desired) {
    return desired.access_change ? server.pending.iam_enabled.value_or(server.iam_enabled)
                                 : server.iam_enabled;
}

// Nothing when no record names the server.
std::optional<ServerFacts> facts_of(const RecordSet& records, const DesiredState& desired,
                                    const std::vector<std::string>& followers) {
    const model::Server* const server = records.server();
    if (server == nullptr) return std::nullopt;
    return ServerFacts{own_server(records),
                       records.account(),
                       records.region(),
                       records.kind(),
                       records.tags(),
                       records.identifier(),
                       iam_desired(*server, desired),
                       records.parameters,
                       records.admission,
                       records.snapshots.empty() ? std::string() : records.snapshots[0].record.resource_id,
                       retention_of(records.kept()) > 0,
                       records.retains,
                       member_facts(records, followers)};
}

// Whether every record is there that was to be: one that was renamed or erased since is found under other
// keys, or missed, as soon as the news of it is read. Until then nothing is concluded from what is not there.
bool are_current(const ServerKeys& keys, const RecordSet& records) {
    return records.cluster.has_value() != keys.cluster.empty() &&
           records.instances.size() == keys.instances.size() &&
           records.others.size() + (keys.cluster.empty() ? 0 : records.instances.size()) ==
               keys.members.size();
}

const ServerFacts* pointer_to(const std::optional<ServerFacts>& facts) {
    return facts ? &*facts : nullptr;
}

// What users of a database can bring about is reported once in a while, and so much of it: they could fill
// the events otherwise.
bool may_report(ManagedServer& managed, const std::string& message) {
    std::erase_if(managed.reported, [](const auto& reported) { return reported.second.passed(); });
    return managed.reported.size() < reported_max &&
           managed.reported.emplace(message, Deadline(report_again_after)).second;
}

void report_breaches(Change& change, const Observation& seen, ManagedServer& managed) {
    for (const std::string& breach : seen.breaches)
        if (may_report(managed, breach)) change.reported.push_back(breach);
}

// What a step that succeeded has to do with the records.
struct Success {
    const Observation& seen;
    ManagedServer& managed;
    Instant now;
    std::string synchronous;
};

void change_version(Change& change, const Success& of) {
    record_version(change, of.seen.version);
}
void change_restart_pending(Change& change, const Success& of) {
    change.after.server()->restart_pending = of.seen.restart_pending;
}
void change_upgrade_failed(Change& change, const Success& of) {
    record_upgrade_failed(change, of.seen.upgrade_trouble);
}
void change_progress(Change& change, const Success& of) {
    change.after.snapshots[0].record.percent = of.seen.snapshot.percent;
}
void change_snapshot(Change& change, const Success& of) {
    record_snapshot(change, of.seen, of.now);
}
void change_snapshot_failed(Change& change, const Success& of) {
    record_snapshot_failed(change, of.seen.snapshot.trouble);
}
void change_failed(Change& change, const Success& of) {
    const bool unrestored = of.seen.restore == WorkState::failed;
    fail(change, of.seen, unrestored ? of.seen.restore_trouble : of.managed.reason);
}
void change_synchronous(Change& change, const Success& of) {
    record_synchronous(change, of.synchronous);
}
void report_breaches_of(Change& change, const Success& of) {
    report_breaches(change, of.seen, of.managed);
}

template <void change_alone(Change&)>
void alone(Change& change, const Success&) {
    change_alone(change);
}
template <DatabaseStatus status>
void show(Change& change, const Success&) {
    change.after.set_status(status);
}

// The steps that change the records of their server; all others are the engine's alone.
struct ChangingStep {
    Step step;
    void (*change)(Change&, const Success&);
};
constexpr ChangingStep changing_steps[] = {
    {Step::record_storage, alone<record_storage>},
    {Step::record_access, alone<record_access>},
    {Step::repair_boundary, report_breaches_of},
    {Step::record_iam_lost, alone<record_iam_lost>},
    {Step::record_version, change_version},
    {Step::record_restart_pending, change_restart_pending},
    {Step::record_shutdown, alone<record_shutdown>},
    {Step::finish_upgrade, alone<record_upgrade>},
    {Step::record_upgrade_failed, change_upgrade_failed},
    {Step::record_snapshot_progress, change_progress},
    {Step::finish_snapshot, change_snapshot},
    {Step::record_snapshot_failed, change_snapshot_failed},
    {Step::promote, alone<record_promotion>},
    {Step::hand_over, alone<record_handing_over>},
    {Step::record_failover_failed, alone<record_failover_failed>},
    {Step::record_synchronous, change_synchronous},
    {Step::record_renewal, alone<record_renewal>},
    {Step::finish_copy, alone<record_copy>},
    {Step::set_password, alone<record_password>},
    {Step::show_configuring, show<DatabaseStatus::configuring_iam_database_auth>},
    {Step::show_resetting, show<DatabaseStatus::resetting_master_credentials>},
    {Step::show_upgrading, alone<show_upgrading>},
    {Step::show_settled, alone<settle>},
    {Step::show_failed, change_failed},
    {Step::forget_member, alone<drop_members>},
    {Step::forget, alone<forget>},
};

// False where the step is the engine's alone.
bool change_for(Step step, const Success& success, Change& change) {
    const auto row = std::ranges::find(changing_steps, step, &ChangingStep::step);
    if (row == std::end(changing_steps)) return false;
    row->change(change, success);
    return true;
}

}  // namespace

// What was in the way of one wish says nothing about another.
void Reconciler::note_wish(const DesiredState& desired, ManagedServer& managed) {
    if (desired.lifecycle != managed.lifecycle || desired.stopped != managed.stopped) clear_trouble(managed);
    managed.lifecycle = desired.lifecycle;
    managed.stopped = desired.stopped;
    if (!desired.stopped) return;
    managed.ended = managed.succession_failed = false;
    managed.missed.reset();
}

void Reconciler::note_crash(const Snapshot& snapshot, ManagedServer& managed) const {
    if (!snapshot.seen.crashed) return;
    managed.ended = true;
    deps_.log.warn("database.crashed", {{"resource", snapshot.resource_id}});
    put_off_after_crash(managed);
    if (snapshot.records.server() == nullptr) return;
    report(snapshot.records, "PostgreSQL ended unexpectedly and is restarted", managed);
}

void Reconciler::report(const RecordSet& records, const std::string& message, ManagedServer& managed) const {
    if (!may_report(managed, message)) return;
    const EventLog events(deps_.clock, deps_.random);
    const Result<store::Revision> done =
        deps_.store.commit({{}, {events.event(source_of(records), message)}});
    if (!done) deps_.log.warn("database.event_lost", {{"resource", records.server()->resource_id}});
}

void Reconciler::note_trouble(const Snapshot& snapshot, ManagedServer& managed) const {
    const std::string& trouble = snapshot.seen.trouble;
    if (trouble.empty() == managed.trouble.empty()) return;
    managed.trouble = trouble;
    if (trouble.empty()) {
        deps_.log.info("database.reachable", {{"resource", snapshot.resource_id}});
        return report(snapshot.records, "Countersign can log in to the database again", managed);
    }
    deps_.log.warn("database.unreachable", {{"resource", snapshot.resource_id}, {"error", trouble}});
    report(snapshot.records, "Countersign cannot log in to the database: " + trouble, managed);
}

Result<Reconciler::Snapshot> Reconciler::observe(const ServerKeys& keys, ManagedServer& managed) const {
    Snapshot snapshot;
    snapshot.resource_id = keys.name();
    snapshot.records = TRY(read_records(deps_.store, keys));
    if (!are_current(keys, snapshot.records)) return Error{Fault::conflict, "its records have moved"};
    snapshot.desired = desired_state_of(snapshot.records, deps_.clock.now());
    note_wish(snapshot.desired, managed);
    const std::optional<ServerFacts> facts = facts_of(snapshot.records, snapshot.desired, managed.followers);
    const Observation& seen = snapshot.seen = managed.server->observe(pointer_to(facts));
    note_crash(snapshot, managed);
    ObservedState& observed = snapshot.observed;
    observed.storage = seen.storage;
    const bool is_of_a_cluster = snapshot.records.reader && snapshot.records.cluster;
    observed.storage_recorded = facts && (facts->server.created || is_of_a_cluster);
    observed.process = seen.process;
    observed.accounts = seen.accounts;
    observed.waiting = managed.retry && !managed.retry->passed();
    observed.broken = managed.broken && (managed.failures > 1 || !seen.process);
    observed.displayed = displayed_status_of(snapshot.records);
    observed.upgrade = seen.upgrade;
    observed.restore = seen.restore;
    observed.standby = seen.standby;
    observed.follows = seen.follows;
    observed.lost_way = seen.lost_way;
    observed.replay_paused = seen.replay_paused;
    note_members(snapshot, managed);
    note_snapshot(snapshot, seen.snapshot);
    if (!facts || !seen.process) return snapshot;
    observed.breached = !seen.breaches.empty();
    observed.iam_role_missing = facts->server.iam_enabled && !seen.iam_role && !is_of_a_cluster;
    observed.replication_due = seen.replication_due;
    observed.restart_pending_differs = seen.restart_pending != facts->server.restart_pending;
    observed.certificate_due = seen.certificate_due;
    observed.version_differs = !seen.version.empty() && seen.version != facts->server.engine_version;
    observed.access_current = seen.access_current;
    snapshot.desired.backup = backup_is_due(keys, snapshot);
    if (seen.accounts) note_trouble(snapshot, managed);
    if (seen.access_current) note_unsafe_commit(snapshot, managed);
    return snapshot;
}

// The claim on the server's port ends with its record, and the secret that its master password lies in. What
// is kept of it has a record from the same moment on.
Result<std::vector<store::Write>> Reconciler::ends_with(const RecordSet& records) const {
    const model::Server& server = *records.server();
    const std::string key = claim_key(server);
    const std::optional<store::Stored<model::PortClaim>> claim =
        TRY(store::load<model::PortClaim>(deps_.store, key));
    std::vector<store::Write> writes;
    if (claim && claim->record.resource_id == server.resource_id) writes.push_back(store::erase(key));
    const auto secret = records.kept().find("MasterUserSecret");
    const auto place = secret == records.kept().end() ? std::nullopt : secret_place_of(secret->second);
    if (place) writes.push_back(store::erase(place->key()));
    if (!records.retains) return writes;
    const Instant now = deps_.clock.now();
    const model::RetainedBackup backup = records.cluster
                                             ? retained_backup_of(records.cluster->record, now)
                                             : retained_backup_of(records.instances[0].record, now);
    writes.push_back(
        store::put(model::keys::retained_backup(backup.account, backup.region, backup.resource_id), backup));
    return writes;
}

Result<void> Reconciler::change_records(Step step, const Snapshot& snapshot, ManagedServer& managed) const {
    Change change{snapshot.records, {}};
    const bool changes =
        change_for(step, {snapshot.seen, managed, deps_.clock.now(), snapshot.synchronous}, change);
    if (!changes && step != Step::order_backup) return {};
    std::vector<store::Write> writes;
    const bool is_of_a_cluster = snapshot.records.reader && snapshot.records.cluster;
    if (step == Step::forget && !is_of_a_cluster) writes = TRY(ends_with(snapshot.records));
    TRY(add_claims(snapshot.records, change.after, writes));
    if (step == Step::order_backup) writes.push_back(TRY(new_backup(snapshot.records)));
    const EventLog events(deps_.clock, deps_.random);
    for (const std::string& message : change.reported)
        writes.push_back(events.event(source_of(snapshot.records), message));
    for (const auto& [source, message] : change.reported_of) writes.push_back(events.event(source, message));
    return write_records(deps_.store, snapshot.records, change.after, std::move(writes));
}

Result<void> Reconciler::act(Step step, const Snapshot& snapshot, ManagedServer& managed) const {
    const std::optional<ServerFacts> facts = facts_of(snapshot.records, snapshot.desired, managed.followers);
    if (step == Step::start) managed.young.emplace(stays_up_for);
    TRY(managed.server->perform(step, pointer_to(facts)));
    return change_records(step, snapshot, managed);
}

void Reconciler::log_step(const ServerKeys& keys, const NextAction& action, const Result<void>& done) const {
    if (done)
        deps_.log.info(
            "database.step",
            {{"resource", keys.name()}, {"step", name_of(action.step)}, {"because", action.because}});
    else
        deps_.log.warn("database.step_failed", {{"resource", keys.name()},
                                                {"step", name_of(action.step)},
                                                {"because", action.because},
                                                {"error", done.error().message}});
}

bool Reconciler::reconcile_once(const ServerKeys& keys, ManagedServer& managed) const {
    for (int actions = 0; actions < actions_max; ++actions) {
        const Result<Snapshot> snapshot = observe(keys, managed);
        if (!snapshot) {
            if (snapshot.error().fault != Fault::conflict)
                deps_.log.warn("database.unreadable",
                               {{"resource", keys.name()}, {"error", snapshot.error().message}});
            return false;
        }
        const NextAction action = keys.reader ? next_action_of_reader(snapshot->desired, snapshot->observed)
                                              : next_action(snapshot->desired, snapshot->observed);
        if (action.step == Step::rest)
            return snapshot->desired.lifecycle == Lifecycle::unknown && !snapshot->observed.process;
        const Result<void> done = act(action.step, *snapshot, managed);
        log_step(keys, action, done);
        if (done) note_success(action.step, managed);
        if (done && action.step == Step::order_backup) return false;  // the keys of the next round name it
        if (done && action.step == Step::begin_copy && snapshot->seen.restore == WorkState::failed)
            managed.retry.emplace(copy_again_after);
        if (done || done.error().fault == Fault::conflict) continue;
        note_failure(action.step, managed);
        managed.reason = done.error().message;
        put_off(managed);
    }
    return false;
}

}  // namespace countersign::databases
