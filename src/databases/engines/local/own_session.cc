#include "databases/engines/local/own_session.h"

#include <fmt/format.h>

#include "base/files.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t postmaster_record_bytes_max = std::size_t{16} * 1024;

// A server's user may put a link to another server's socket in the place of its own.
bool leads_to(const Session& session, const ServerHome& home) {
    const std::optional<int> peer = session.peer_process();
    const Result<std::string> record = read_file(home.postmaster(), postmaster_record_bytes_max);
    return peer && record && record->starts_with(fmt::format("{} ", *peer));
}

// What a database's parameter group says of limits and of logs does not hold for these sessions: they must be
// let work, and what they say may be a verifier of a password, which no log may have and no member of
// pg_monitor may see in pg_stat_activity.
constexpr std::string_view own_settings =
    "-c statement_timeout=10s -c lock_timeout=2s -c idle_session_timeout=0 -c client_min_messages=error "
    "-c log_min_error_statement=panic -c log_statement=none -c log_duration=off -c "
    "log_min_duration_statement=-1 "
    "-c synchronous_commit=local "  // a standby that ends must not keep us from waiting no longer for it
    "-c log_min_duration_sample=-1 -c log_transaction_sample_rate=0 -c debug_print_parse=off "
    "-c debug_print_rewritten=off -c debug_print_plan=off -c pg_stat_statements.track=none "
    "-c track_activities=off";

Session::Parameters parameters_for(const ServerHome& home, std::uint16_t port, const std::string& database) {
    return {{"host", home.run.string()},
            {"port", std::to_string(port)},
            {"user", "rdsadmin"},
            {"dbname", database},
            {"sslmode", "disable"},
            {"gssencmode", "disable"},
            {"options", fmt::format("{} {}", trusted_names, own_settings)},
            {"connect_timeout", "5"},
            {"client_encoding", "UTF8"},
            {"application_name", "countersign"}};
}

Result<Session> open(const ServerHome& home, const Session::Parameters& parameters) {
    Session session = TRY(Session::connect(parameters));
    if (leads_to(session, home)) return session;
    return Error{Fault::denied, "another server answers in its place"};
}

}  // namespace

Result<Session> open_session(const ServerHome& home, std::uint16_t port, const std::string& database) {
    return open(home, parameters_for(home, port, database));
}

Result<Session> open_replication_session(const ServerHome& home, std::uint16_t port) {
    Session::Parameters parameters = parameters_for(home, port, own_database);
    parameters.emplace_back("replication", "database");
    return open(home, parameters);
}

}  // namespace countersign::databases::local
