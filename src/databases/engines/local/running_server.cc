// What is done in a server that runs, through the control plane's sessions.
#include <chrono>
#include <thread>

#include "base/deadline.h"
#include "base/files.h"
#include "base/text.h"
#include "databases/engines/local/accounts.h"
#include "databases/engines/local/boundary.h"
#include "databases/engines/local/local_server.h"
#include "databases/engines/local/own_session.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto reload_patience = 10s;
constexpr std::size_t mark_bytes_max = 64;

// Where the server's users have taken all places for replication, they have to leave them first.
Result<ReplicationGuard> find_guard(Session& session, const ServerHome& home, std::uint16_t port) {
    Result<ReplicationGuard> guard = ask_replication_guard(home, port);
    if (guard) return guard;
    TRY(apply_replication(session, ReplicationGuard::missing));
    return ask_replication_guard(home, port);
}

}  // namespace

Result<void> LocalServer::make_accounts(const ServerFacts& facts) {
    if (file_exists(home_.accounts_mark())) return carry_accounts(facts);
    const Secret verifier = TRY(opened(facts, facts.server.master_verifier));
    Session* const session = TRY(control_.session(port()));
    TRY(local::make_accounts(*session, {facts.server.master_username, verifier, facts.server.database_name}));
    return replace_file(home_.accounts_mark(), "");
}

// It has been made by the version of before: the new one serves, and nobody needs the old data any more.
Result<void> LocalServer::carry_accounts(const ServerFacts& facts) {
    const std::string mark = TRY(read_file(home_.upgraded_mark(), mark_bytes_max));
    Session* const session = TRY(control_.session(port()));
    TRY(local::carry_accounts(*session, facts.server.master_username,
                              static_cast<int>(parse_number<unsigned>(mark).value_or(0))));
    control_.look_soon();
    return upgrade_.drop_former();
}

Result<void> LocalServer::repair_boundary() {
    Session* const session = TRY(control_.session(port()));
    const std::vector<Breach> breaches = control_.inside().breaches;
    control_.look_soon();
    return mend(*session, breaches);
}

Result<void> LocalServer::apply_replication() {
    Session* const session = TRY(control_.session(port()));
    control_.look_soon();
    if (control_.replication_guard() == ReplicationGuard::unknown)
        control_.note_replication_guard(TRY(find_guard(*session, home_, port())));
    if (control_.replication_guard() == ReplicationGuard::missing)
        deps_.log.error("database.replication_unguarded", {{"resource", home_.resource_id}});
    return local::apply_replication(*session, control_.replication_guard());
}

// A session that begins after the postmaster has read its files again has the new rules; so the reload is
// done when such a session can be had, or when none can: whoever comes next then waits for a place, too.
Result<void> LocalServer::reload_and_wait() {
    Session* const standing = TRY(control_.session(port()));
    const Rows errors =
        TRY(standing->query("SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL", {}, 1));
    if (!errors.empty()) return Error{Fault::internal, "pg_hba.conf has an error: " + errors[0][0]};
    const std::string before = TRY(standing->value("SELECT pg_conf_load_time()"));
    postmaster_.reload();
    const Deadline deadline(reload_patience);
    while (!deadline.passed()) {
        Result<Session> fresh = open_session(home_, port());
        Session& asked = fresh ? *fresh : *standing;
        if (TRY(asked.value("SELECT pg_conf_load_time() > $1::timestamptz", {before})) == "t") return {};
        std::this_thread::sleep_for(5ms);
    }
    return Error{Fault::unavailable, "PostgreSQL does not read its configuration again"};
}

// The two files are in the configuration by their names alone, which PostgreSQL compares with whole paths. A
// database that was renamed has its new name in the titles of its processes from the next start on.
// A session that begins now has read what was reloaded; without a place for one, the standing one is asked.
Result<bool> LocalServer::restart_is_pending() {
    Result<Session> fresh = open_session(home_, port());
    Session& asked = fresh ? *fresh : *TRY(control_.session(port()));
    return TRY(asked.value("SELECT EXISTS (SELECT FROM pg_settings WHERE pending_restart AND name NOT IN "
                           "('hba_file', 'ident_file', 'cluster_name', 'listen_addresses', 'port'))")) == "t";
}

Result<void> LocalServer::apply_access(const ServerFacts& facts) {
    const EngineVersion version = TRY(installed_version());
    if (is_followed(facts)) TRY(admit_followers(facts));
    if (facts.iam_enabled && !facts.member.reader) {
        Session* const session = TRY(control_.session(port()));
        if (TRY(restore_iam_role(*session, facts.server.master_username)))
            control_.expect_formal_members(TRY(formal_members(*session)));
    }
    const std::string rules = desired_rules(facts);
    TRY(write_configuration(home_, facts, version, Durability::synced));
    TRY(write_access(rules));
    postmaster_.reload();  // what shuts somebody out does not wait until we can log in
    if (facts.iam_enabled) {
        announce(facts);
        control_.look_soon();
    }
    control_.expect_other_configuration();
    TRY(reload_and_wait());
    restart_pending_ = TRY(restart_is_pending());
    announce(facts);
    rules_ = rules;
    follow_log(facts);
    parameters_ = facts.parameters;
    archives_ = facts.archives;
    const Replication replicated = replication(home_, facts);
    if (replicated != replication_) control_.forget_members();
    replication_ = replicated;
    return {};
}

Result<void> LocalServer::set_password(const ServerFacts& facts) {
    const Secret verifier = TRY(opened(facts, facts.server.pending.master_verifier));
    Session* const session = TRY(control_.session(port()));
    return restore_master(*session, {facts.server.master_username, verifier, {}});
}

Result<void> LocalServer::renew_certificate(const ServerFacts& facts) {
    TRY(keep_certificate(home_, facts, Durability::synced));
    return reload_and_wait();
}

}  // namespace countersign::databases::local
