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

}  // namespace

Result<Session> open_session(const ServerHome& home, std::uint16_t port, const std::string& database) {
    Session session = TRY(Session::connect(
        {{"host", home.run.string()},
         {"port", std::to_string(port)},
         {"user", "rdsadmin"},
         {"dbname", database},
         {"sslmode", "disable"},
         {"gssencmode", "disable"},
         {"options", fmt::format("{} -c statement_timeout=10s -c lock_timeout=2s -c "
                                 "log_min_error_statement=panic -c client_min_messages=error",
                                 trusted_names)},
         {"connect_timeout", "5"},
         {"client_encoding", "UTF8"},
         {"application_name", "countersign"}}));
    if (leads_to(session, home)) return session;
    return Error{Fault::denied, "another server answers in its place"};
}

}  // namespace countersign::databases::local
