// What a server of a cluster does for the others: it follows the writer, becomes it, or hands that on.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/text.h"
#include "crypto/scram.h"
#include "databases/engines/local/local_server.h"
#include "databases/engines/local/own_session.h"
#include "databases/engines/local/place.h"
#include "databases/engines/local/wal_archive.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto astray_for = 20s;  // a standby that cannot follow is made anew
constexpr auto controldata_patience = 10s;
constexpr auto catch_up_patience = 5s;
constexpr auto promotion_patience = 30s;
constexpr auto catch_up_pause = 10ms;
constexpr std::size_t controldata_bytes_max = std::size_t{64} * 1024;

// A value of libpq's connection strings.
std::string conninfo_value(std::string_view text) {
    std::string value = "'";
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\') value += '\\';
        value += letter;
    }
    return value + '\'';
}

// The way to the writer's endpoint. Both sides prove that they know the password, on the very connection.
std::string writer_conninfo(const model::Place& writer, const ServerHome& home, const ServerHome& where) {
    return fmt::format(
        "host={} port={} user=rdsadmin passfile={} sslmode=require channel_binding=require "
        "gssencmode=disable connect_timeout=5 application_name={}",
        conninfo_value(writer.own_host ? writer.host : "127.0.0.1"), writer.port,
        conninfo_value(where.replication_password().string()), conninfo_value(home.resource_id));
}

std::string field_in(std::string_view text, std::string_view name) {
    for (const std::string_view line : split(text, '\n'))
        if (line.starts_with(name)) return std::string(trimmed(line.substr(name.size())));
    return {};
}

// Of a server that does not run. A shut down one has all its WAL before that checkpoint's end.
struct EndOfData {
    bool shut_down = false;
    std::string checkpoint;  // where the newest one begins
};

// What pg_controldata says of it.
Result<std::string> control_data(const Keeper& keeper, const ServerHome& home, const EngineVersion& version,
                                 const Path& preload) {
    Process asked = TRY(keeper.spawn(
        home,
        {.program = version.bin / "pg_controldata", .arguments = {home.data().string()}, .directory = "/"},
        preload));
    if (!asked.ends_within(controldata_patience))
        return Error{Fault::unavailable, "pg_controldata does not come to an end"};
    return read_server_file(home.start_log(), controldata_bytes_max);
}

Result<EndOfData> end_of_data(const std::string& said) {
    EndOfData end{field_in(said, "Database cluster state:") == "shut down",
                  field_in(said, "Latest checkpoint location:")};
    if (end.checkpoint.empty()) return Error{Fault::internal, "pg_controldata names no checkpoint"};
    return end;
}

// Waits until it has replayed that checkpoint, unless there is none to wait for.
Result<void> has_all(Session& session, const EndOfData& end) {
    const Deadline deadline(catch_up_patience);
    while (true) {
        if (TRY(session.value("SELECT pg_is_in_recovery()")) != "t")
            return Error{Fault::unavailable, "it is no standby"};
        if (!end.shut_down) return {};
        if (TRY(session.value("SELECT pg_last_wal_replay_lsn() > $1::pg_lsn", {end.checkpoint})) == "t")
            return {};
        if (deadline.passed()) return Error{Fault::unavailable, "it has not received everything"};
        std::this_thread::sleep_for(catch_up_pause);
    }
}

// What PostgreSQL does not recover a standby with less of than its data was written with, by the names of
// parameters and of pg_controldata.
constexpr std::pair<const char*, std::string_view> needed_settings[] = {
    {"max_connections", "max_connections setting:"},
    {"max_worker_processes", "max_worker_processes setting:"},
    {"max_wal_senders", "max_wal_senders setting:"},
    {"max_prepared_transactions", "max_prepared_xacts setting:"},
    {"max_locks_per_transaction", "max_locks_per_xact setting:"}};

void raise_to(Parameters& parameters, const std::string& control) {
    for (const auto& [name, field] : needed_settings) {
        const auto needed = parse_number<std::uint32_t>(field_in(control, field));
        if (!needed) continue;
        const auto set = parameters.find(name);
        const auto value = set == parameters.end() ? std::nullopt : parse_number<std::uint32_t>(set->second);
        if (!value || *value < *needed) parameters[name] = std::to_string(*needed);
    }
}

}  // namespace

// Its groups may say less than what its writer was started with, or would be started with.
Result<ServerFacts> LocalServer::facts_to_start_with(const ServerFacts& facts,
                                                     const EngineVersion& version) const {
    ServerFacts enough = facts;
    if (!file_exists(home_.standby_mark())) return enough;
    raise_to(enough.parameters, TRY(control_data(deps_.keeper, home_, version, deps_.options.preload)));
    return enough;
}

bool LocalServer::is_followed(const ServerFacts& facts) {
    return !facts.member.reader && !facts.member.readers.empty() &&
           !facts.member.replication_password.empty();
}

Replication LocalServer::replication(const ServerHome& where, const ServerFacts& facts) const {
    Replication replication;
    replication.of_cluster = facts.member.cluster.port != 0;
    replication.in_use = facts.member.reader || is_followed(facts) || !facts.member.waits_for.empty();
    if (facts.member.reader)
        replication.follows = writer_conninfo(facts.member.source, home_, where);
    else
        replication.waits_for = facts.member.waits_for;
    return replication;
}

bool LocalServer::followers_are_admitted(const ServerFacts& facts) const {
    return followers_admitted_ == facts.member.replication_password;
}

Result<Secret> LocalServer::replication_password(const ServerFacts& facts) const {
    const MemberFacts& member = facts.member;
    if (member.replication_password.empty()) return Secret();
    return deps_.sealing.open(member.replication_password, member.sealed_for);
}

Result<void> LocalServer::write_replication_password(const ServerHome& where,
                                                     const ServerFacts& facts) const {
    const Secret password = TRY(replication_password(facts));
    if (password.empty()) return Error{Fault::internal, "there is no password for replication"};
    return deps_.keeper.replace_file(where, where.replication_password().filename(),
                                     fmt::format("*:*:*:rdsadmin:{}\n", password.reveal()),
                                     Durability::synced, Keeper::Readers::nobody);
}

// The lines that let them in are written after it.
Result<void> LocalServer::admit_followers(const ServerFacts& facts) {
    if (followers_are_admitted(facts)) return {};
    const Secret password = TRY(replication_password(facts));
    Session* const session = TRY(control_.session(port()));
    const std::string verifier = crypto::scram_verifier(password, deps_.random);
    TRY(session->execute("ALTER ROLE rdsadmin PASSWORD " + session->quoted_text(verifier)));
    followers_admitted_ = facts.member.replication_password;
    return {};
}

void LocalServer::look_at_cluster(const ServerFacts& facts, Observation& seen) {
    const Inside& inside = control_.inside();
    if (facts.member.reader) {
        seen.follows = inside.streams;
        seen.lost_way = is_astray(facts);
        seen.replay_paused = inside.replay_paused;
        return;
    }
    seen.followers = inside.followers;
    if (replication_.waits_for.empty()) return;
    if (control_.barrier().empty()) return raise_barrier();
    if (inside.synchronous == replication_.waits_for) seen.synchronous = inside.synchronous;
}

// Commits wait once the checkpointer has read the configuration, which it does before it answers. What was
// acknowledged until then the reader has to have, too. Where it takes long it is tried again.
void LocalServer::raise_barrier() {
    const Result<Session*> session = control_.session(port());
    if (!session || !(*session)->execute("CHECKPOINT")) return;
    const Result<std::string> position = (*session)->value("SELECT pg_current_wal_flush_lsn()");
    if (position) control_.expect_flushed(*position);
}

// While its writer serves, has room for it, and sends nothing to it: whoever may replicate can take all the
// room, and the data that there is does not go for that.
bool LocalServer::is_astray(const ServerFacts& facts) {
    const Inside& inside = control_.inside();
    if (inside.streams || !inside.trouble.empty() || !serves(facts.member.writer)) {
        astray_.reset();
        return false;
    }
    if (!astray_) astray_.emplace(astray_for);
    return astray_->passed();
}

// Whether the server of that home runs, follows nobody, and takes another one that follows it.
bool LocalServer::serves(const std::string& home) const {
    if (home.empty()) return false;
    const ServerHome writer = home_of(deps_.options.dir, home);
    const std::optional<model::Place> place = place_in(writer);
    if (!place) return false;
    Result<Session> session = open_session(writer, place->port);
    if (!session) return false;
    const Result<std::string> has_room = session->value(
        "SELECT NOT pg_is_in_recovery() AND "
        "(SELECT count(*) FROM pg_stat_replication) < current_setting('max_wal_senders')::integer");
    return has_room && *has_room == "t";
}

Result<void> LocalServer::promote() {
    // In no snapshot, which may be shared.
    TRY(deps_.keeper.replace_file(home_, home_.replication_password().filename(), "", Durability::synced,
                                  Keeper::Readers::nobody));
    Session* const session = TRY(control_.session(port()));
    TRY(session->query("SELECT pg_promote(false)"));
    const Deadline deadline(promotion_patience);
    while (TRY(session->value("SELECT pg_is_in_recovery()")) == "t") {
        if (deadline.passed()) return Error{Fault::unavailable, "PostgreSQL could not be promoted"};
        std::this_thread::sleep_for(catch_up_pause);
    }
    control_.look_soon();
    static_cast<void>(forget_archived(home_.wal(), Instant::max()));
    static_cast<void>(replace_file(home_.wal_gap(), ""));  // nothing is restored across it
    return {};
}

// Nothing of it runs once this has succeeded. What it wrote and never acknowledged is in nobody's way: data
// that was not shut down does not follow the other one, but is made anew.
Result<void> LocalServer::hand_over(const ServerFacts& facts) {
    close_doors();
    Postmaster::end_left(deps_.keeper, home_);
    if (!postgres_processes_in(home_.data()).empty())
        return Error{Fault::unavailable, "processes of it are still there"};
    const EngineVersion version = TRY(installed_version());
    const std::string control = TRY(control_data(deps_.keeper, home_, version, deps_.options.preload));
    const EndOfData end = TRY(end_of_data(control));
    if (!end.shut_down && facts.member.successor != facts.server.membership.synchronous)
        return Error{Fault::unavailable, "it was not shut down, and commits did not wait for that instance"};
    const ServerHome successor = home_of(deps_.options.dir, facts.member.successor);
    const std::optional<model::Place> place = place_in(successor);
    if (!place) return Error{Fault::unavailable, "the instance that is to become the writer does not run"};
    Session session = TRY(open_session(successor, place->port));
    session.set_patience(catch_up_patience);
    TRY(has_all(session, end));
    if (!end.shut_down) return {};
    return deps_.keeper.replace_file(home_, home_.standby_mark().filename(), "", Durability::synced);
}

// Where it cannot even begin, that is a failure, too, which is shown.
Result<void> LocalServer::begin_copy(const ServerFacts& facts) {
    const Result<void> begun = begin_copying(facts);
    if (!begun) restore_.fail(begun.error().message);
    return {};
}

Result<void> LocalServer::begin_copying(const ServerFacts& facts) {
    const EngineVersion version = TRY(deps_.versions.runner_of(facts.server.engine_version));
    const ServerHome making = TRY(restore_.prepare());
    TRY(write_configuration(making, facts, version, Durability::none));
    TRY(keep_certificate(making, facts, Durability::none));
    return restore_.begin_copy(
        {version, writer_conninfo(facts.member.source, home_, making), deps_.options.preload});
}

Result<void> LocalServer::finish_copy() {
    const ServerHome making = restore_.making();
    for (const Path& mark : {making.own_database_mark(), making.accounts_mark()}) TRY(replace_file(mark, ""));
    restore_.finished();
    return rename_durably(making.root, home_.root);
}

}  // namespace countersign::databases::local
