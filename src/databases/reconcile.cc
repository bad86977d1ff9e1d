#include "databases/reconcile.h"

#include <fmt/format.h>

#include <algorithm>

#include "databases/event_log.h"
#include "model/keys.h"

namespace countersign::databases {

namespace {

using namespace std::chrono_literals;

constexpr int moves_max = 32;     // in one look; the next one goes on
constexpr int doublings_max = 8;  // of the wait after a failure: at most 256 s
constexpr auto first_wait = 1s;
constexpr auto stays_up_for = 30s;
constexpr auto tell_again_after = 60s;
constexpr std::size_t told_max = 10;  // in that time, of one database

void put_off(Unit& unit) {
    unit.retry.emplace(first_wait * (1 << std::min(unit.failures, doublings_max)));
    ++unit.failures;
}

// The first time it is restarted at once.
void put_off_after_crash(Unit& unit) {
    if (unit.young && !unit.young->passed() && unit.failures > 0) return put_off(unit);
    unit.failures = 1;
    unit.retry.reset();
}

void clear_trouble(Unit& unit) {
    unit.failures = 0;
    unit.broken = false;
    unit.retry.reset();
}

// A start that succeeds does not yet forgive: a server that ends soon after waits ever longer, too.
void note_success(Step step, Unit& unit) {
    if (step == Step::show_failed) return;
    unit.broken = false;
    unit.retry.reset();
    if (step != Step::start) unit.failures = 0;
}

bool iam_wished(const model::Server& server, const Wanted& wanted) {
    return wanted.access_change ? server.pending.iam_enabled.value_or(server.iam_enabled)
                                : server.iam_enabled;
}

local::ServerFacts facts_of(const RecordSet& records, const Wanted& wanted) {
    const model::Server& server = *records.server();
    return {server,         records.account(),    records.region(),           records.kind(),
            records.tags(), records.identifier(), iam_wished(server, wanted), records.parameters};
}

void end_of_change(model::PendingChanges& pending) {
    if (!pending.iam_enabled && pending.master_verifier.empty()) pending.apply_now = false;
}

// The records after a step that only writes them, and what is to be told of it.
struct Change {
    RecordSet after;
    std::vector<std::string> told;                                  // about the server
    std::vector<std::pair<EventSource, std::string>> told_of = {};  // about its instances
};

void settle(Change& change) {
    RecordSet& after = change.after;
    for (store::Stored<model::DBInstance>& instance : after.instances) {
        if (instance.record.wish == model::Wish::deleted) continue;
        if (instance.record.status == status_creating)
            change.told_of.emplace_back(source_of(instance.record), "DB instance created");
        if (instance.record.status == status_failed)
            change.told_of.emplace_back(source_of(instance.record),
                                        "Recovery of the DB instance is complete");
        instance.record.status = status_available;
    }
    after.set_status(status_available);
}

void fail(Change& change, const Unit& unit) {
    RecordSet& after = change.after;
    if (!unit.server.has_storage()) after.set_status(status_failed);
    for (store::Stored<model::DBInstance>& instance : after.instances)
        if (instance.record.wish == model::Wish::available) instance.record.status = status_failed;
    const bool lost = after.server()->created && !unit.server.has_storage();
    change.told.push_back("The database failed: " + (lost ? "its data directory is gone" : unit.reason));
}

void drop_members(Change& change) {
    std::erase_if(change.after.instances, [&change](const store::Stored<model::DBInstance>& instance) {
        if (instance.record.wish == model::Wish::available) return false;
        change.told_of.emplace_back(source_of(instance.record), "DB instance deleted");
        return true;
    });
}

void record_storage(Change& change) {
    change.after.server()->created = true;
    if (!change.after.cluster || change.after.status() != status_creating) return;
    change.after.set_status(status_available);
    change.told.emplace_back("DB cluster created");
}

void record_access(Change& change) {
    model::Server& server = *change.after.server();
    server.iam_enabled = server.pending.iam_enabled.value_or(server.iam_enabled);
    server.pending.iam_enabled.reset();
    end_of_change(server.pending);
    change.told.push_back(
        fmt::format("IAM database authentication was turned {}", server.iam_enabled ? "on" : "off"));
}

void record_iam_lost(Change& change) {
    change.after.server()->iam_enabled = false;
    change.told.emplace_back(
        "IAM database authentication was turned off: the role rds_iam is gone. Turn it on again to have the "
        "role made; its members have to be granted it again");
}

// What users of a database can bring about is told once in a while, and so much of it: they could fill the
// events otherwise.
bool may_tell(Unit& unit, const std::string& message) {
    std::erase_if(unit.told, [](const auto& told) { return told.second.passed(); });
    return unit.told.size() < told_max &&
           unit.told.emplace(message, local::Deadline(tell_again_after)).second;
}

void tell_breaches(Change& change, Unit& unit) {
    for (const local::Breach& breach : unit.server.inside().breaches) {
        std::string message = local::text_of(breach);
        if (may_tell(unit, message)) change.told.push_back(std::move(message));
    }
}

void record_password(Change& change) {
    model::PendingChanges& pending = change.after.server()->pending;
    pending.master_verifier.clear();
    end_of_change(pending);
    change.told.emplace_back("Reset master credentials");
}

}  // namespace

void Reconciler::notice_crash(const RecordSet& records, Unit& unit) const {
    if (!unit.server.crashed()) return;
    workshop_.log.warn("database.crashed", {{"resource", unit.server.home().resource_id}});
    put_off_after_crash(unit);
    if (records.server() == nullptr) return;
    tell(records, "PostgreSQL ended unexpectedly and is restarted", unit);
}

void Reconciler::tell(const RecordSet& records, const std::string& message, Unit& unit) const {
    if (!may_tell(unit, message)) return;
    const EventLog events(workshop_.clock, workshop_.random);
    const Result<store::Revision> told = store_.commit({{}, {events.event(source_of(records), message)}});
    if (!told) workshop_.log.warn("database.event_lost", {{"resource", records.server()->resource_id}});
}

void Reconciler::notice_trouble(const RecordSet& records, const std::string& trouble, Unit& unit) const {
    if (trouble.empty() == unit.trouble.empty()) return;
    unit.trouble = trouble;
    const std::string& resource = unit.server.home().resource_id;
    if (trouble.empty()) {
        workshop_.log.info("database.reachable", {{"resource", resource}});
        return tell(records, "Countersign can log in to the database again", unit);
    }
    workshop_.log.warn("database.unreachable", {{"resource", resource}, {"error", trouble}});
    tell(records, "Countersign cannot log in to the database: " + trouble, unit);
}

void Reconciler::look_inside(Sight& sight, Unit& unit) const {
    const local::Inside& inside = unit.server.look_inside(facts_of(sight.records, sight.wanted));
    sight.seen.breached = !inside.breaches.empty();
    sight.seen.iam_role_gone = sight.records.server()->iam_enabled && !inside.iam_role;
    notice_trouble(sight.records, inside.trouble, unit);
}

Result<Reconciler::Sight> Reconciler::observe(const ServerKeys& keys, Unit& unit) const {
    Sight sight;
    sight.records = TRY(read_records(store_, keys));
    sight.wanted = wanted_of(sight.records, workshop_.clock.now());
    if (sight.wanted.fate != unit.fate) clear_trouble(unit);
    unit.fate = sight.wanted.fate;
    const model::Server* server = sight.records.server();
    if (server != nullptr && !unit.adoption_tried) {
        unit.adoption_tried = true;
        unit.server.adopt(facts_of(sight.records, sight.wanted));
    }
    notice_crash(sight.records, unit);
    Seen& seen = sight.seen;
    seen.storage = unit.server.has_storage();
    seen.storage_recorded = server != nullptr && server->created;
    seen.process = unit.server.running();
    seen.accounts = unit.server.has_accounts();
    seen.waiting = unit.retry && !unit.retry->passed();
    seen.broken = unit.broken && (unit.failures > 1 || !seen.process);
    seen.shown = shown_of(sight.records);
    if (server == nullptr || !seen.process) return sight;
    unit.server.announce_news(facts_of(sight.records, sight.wanted));
    if (seen.accounts) look_inside(sight, unit);
    seen.certificate_due = unit.server.certificate_is_due(facts_of(sight.records, sight.wanted));
    seen.access_current = unit.server.access_is_current(facts_of(sight.records, sight.wanted));
    return sight;
}

Result<void> Reconciler::change_server(Step step, const Sight& sight, Unit& unit) const {
    if (step == Step::stop) {
        unit.server.stop();
        return {};
    }
    if (step == Step::remove_storage) return unit.server.remove_storage();
    const local::ServerFacts facts = facts_of(sight.records, sight.wanted);
    switch (step) {
        case Step::make_storage:
            return unit.server.make_storage(facts);
        case Step::start:
            unit.young.emplace(stays_up_for);
            return unit.server.start(facts);
        case Step::make_accounts:
            return unit.server.make_accounts(facts);
        case Step::mend_boundary:
            return unit.server.mend_boundary(facts);
        case Step::apply_access:
            return unit.server.apply_access(facts);
        case Step::renew_certificate:
            return unit.server.renew_certificate(facts);
        case Step::set_password:
            return unit.server.set_password(facts);
        default:
            return {};
    }
}

// The claim on the server's port ends with its record.
Result<std::vector<store::Write>> Reconciler::claim_of(const RecordSet& records) const {
    const model::Server& server = *records.server();
    const std::string key = model::keys::port(server.port);
    const std::optional<store::Stored<model::PortClaim>> claim =
        TRY(store::load<model::PortClaim>(store_, key));
    std::vector<store::Write> writes;
    if (claim && claim->record.resource_id == server.resource_id) writes.push_back(store::erase(key));
    return writes;
}

Result<void> Reconciler::change_records(Step step, const Sight& sight, Unit& unit) const {
    Change change{sight.records, {}};
    std::vector<store::Write> writes;
    switch (step) {
        case Step::record_storage:
            record_storage(change);
            break;
        case Step::record_access:
            record_access(change);
            break;
        case Step::mend_boundary:
            tell_breaches(change, unit);
            break;
        case Step::record_iam_lost:
            record_iam_lost(change);
            break;
        case Step::set_password:
            record_password(change);
            break;
        case Step::show_configuring:
            change.after.set_status(status_configuring);
            break;
        case Step::show_resetting:
            change.after.set_status(status_resetting);
            break;
        case Step::show_settled:
            settle(change);
            break;
        case Step::show_failed:
            fail(change, unit);
            break;
        case Step::forget_member:
            drop_members(change);
            break;
        case Step::forget:
            writes = TRY(claim_of(sight.records));
            change.after = RecordSet();
            change.told.emplace_back(sight.records.cluster ? "DB cluster deleted" : "DB instance deleted");
            break;
        default:
            return {};
    }
    const EventLog events(workshop_.clock, workshop_.random);
    for (const std::string& message : change.told)
        writes.push_back(events.event(source_of(sight.records), message));
    for (const auto& [source, message] : change.told_of) writes.push_back(events.event(source, message));
    return write_records(store_, sight.records, change.after, std::move(writes));
}

Result<void> Reconciler::act(Step step, const Sight& sight, Unit& unit) const {
    TRY(change_server(step, sight, unit));
    return change_records(step, sight, unit);
}

void Reconciler::log_step(const ServerKeys& keys, const Move& move, const Result<void>& done) const {
    if (done)
        workshop_.log.info(
            "database.step",
            {{"resource", keys.resource_id}, {"step", name_of(move.step)}, {"because", move.because}});
    else
        workshop_.log.warn("database.step_failed", {{"resource", keys.resource_id},
                                                    {"step", name_of(move.step)},
                                                    {"because", move.because},
                                                    {"error", done.error().message}});
}

bool Reconciler::look(const ServerKeys& keys, Unit& unit) const {
    for (int moves = 0; moves < moves_max; ++moves) {
        const Result<Sight> sight = observe(keys, unit);
        if (!sight) {
            workshop_.log.warn("database.unreadable",
                               {{"resource", keys.resource_id}, {"error", sight.error().message}});
            return false;
        }
        const Move move = next_move(sight->wanted, sight->seen);
        if (move.step == Step::rest) return sight->wanted.fate == Fate::unknown && !sight->seen.process;
        const Result<void> done = act(move.step, *sight, unit);
        log_step(keys, move, done);
        if (done) note_success(move.step, unit);
        if (done || done.error().fault == Fault::conflict) continue;
        unit.broken = true;
        unit.reason = done.error().message;
        put_off(unit);
    }
    return false;
}

}  // namespace countersign::databases
