#include "databases/local/session.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/text.h"

namespace countersign::databases::local {

namespace {

struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
    void operator()(char* text) const { PQfreemem(text); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

std::string sentence(const char* message) {
    const std::string_view whole = trimmed(message);
    return std::string(whole.substr(0, whole.find('\n')));
}

Rows rows_of(const PGresult* answer) {
    Rows rows;
    for (int row = 0; row < PQntuples(answer); ++row) {
        std::vector<std::string>& fields = rows.emplace_back();
        for (int field = 0; field < PQnfields(answer); ++field)
            fields.emplace_back(PQgetvalue(answer, row, field),
                                static_cast<std::size_t>(PQgetlength(answer, row, field)));
    }
    return rows;
}

Result<Rows> checked(const Answer& answer) {
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return rows_of(answer.get());
    const char* message = PQresultErrorField(answer.get(), PG_DIAG_MESSAGE_PRIMARY);
    return Error{Fault::unavailable, fmt::format("PostgreSQL refused a statement: {}",
                                                 message != nullptr ? message : "no answer")};
}

}  // namespace

void Session::Close::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

Result<Session> Session::connect(const Parameters& parameters, int expand) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : parameters) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    Session session(PQconnectdbParams(names.data(), values.data(), expand));
    if (PQstatus(session.connection_.get()) == CONNECTION_OK) return session;
    return Error{Fault::unavailable, sentence(PQerrorMessage(session.connection_.get()))};
}

Result<Session> Session::connect(const Parameters& parameters) {
    return connect(parameters, 0);
}

Result<Session> Session::connect(const std::string& conninfo, Parameters parameters) {
    parameters.emplace(parameters.begin(), "dbname", conninfo);
    return connect(parameters, 1);
}

Result<Session> Session::open(const ServerHome& home, std::uint16_t port, const std::string& database) {
    return connect(Parameters{
        {"host", home.run.string()},
        {"port", std::to_string(port)},
        {"user", "rdsadmin"},
        {"dbname", database},
        {"sslmode", "disable"},
        {"gssencmode", "disable"},
        {"options", "-c statement_timeout=10s -c lock_timeout=5s -c log_min_error_statement=panic"},
        {"connect_timeout", "5"},
        {"client_encoding", "UTF8"},
        {"application_name", "countersign"}});
}

Result<Session> Session::open(const ServerHome& home, std::uint16_t port) {
    Result<Session> session = open(home, port, "postgres");
    if (session || session.error().message.find("does not exist") == std::string::npos) return session;
    return open(home, port, "template1");
}

Result<Rows> Session::query(const std::string& sql, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    return checked(Answer(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                                       nullptr, values.data(), nullptr, nullptr, 0)));
}

Result<void> Session::execute(const std::string& sql) {
    TRY(checked(Answer(PQexec(connection_.get(), sql.c_str()))));
    return {};
}

int Session::server_major() const {
    return PQserverVersion(connection_.get()) / 10'000;
}

std::string Session::quoted_name(std::string_view name) const {
    const std::unique_ptr<char, Clear> text(PQescapeIdentifier(connection_.get(), name.data(), name.size()));
    return text ? text.get() : "";
}

std::string Session::quoted_text(std::string_view text) const {
    const std::unique_ptr<char, Clear> quoted(PQescapeLiteral(connection_.get(), text.data(), text.size()));
    return quoted ? quoted.get() : "";
}

}  // namespace countersign::databases::local
