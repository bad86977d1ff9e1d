#include "databases/session.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/deadline.h"
#include "base/files.h"
#include "base/text.h"

namespace countersign::databases {

namespace {

// Far more than any answer to a question of ours: a server that sends more is not to fill our memory.
constexpr std::size_t answer_bytes_max = std::size_t{16} * 1024 * 1024;
constexpr int results_max = 16;  // statements of one call
constexpr std::string_view lock_not_available = "55P03";

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

bool is_copy(ExecStatusType status) {
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

// Notices are the server's words; nobody asked for them.
void pass_over(void*, const PGresult*) {}

Result<Rows> checked(const PGresult* answer) {
    const ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return rows_of(answer);
    const char* message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    const bool locked = state != nullptr && state == lock_not_available;
    return Error{
        locked ? Fault::throttled : Fault::unavailable,
        fmt::format("PostgreSQL refused a statement: {}", message != nullptr ? message : "no answer")};
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
    PQsetNoticeReceiver(session.connection_.get(), pass_over, nullptr);
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

std::optional<int> Session::peer_process() const {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(PQsocket(connection_.get()), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return std::nullopt;
    return peer.pid;
}

struct Session::Budget {
    Deadline deadline;
    std::size_t bytes = 0;
    int results = 0;
};

Result<void> Session::await_answer(Budget& budget) const {
    while (PQisBusy(connection_.get()) != 0) {
        pollfd watched{PQsocket(connection_.get()), POLLIN, 0};
        if (budget.deadline.passed() ||
            poll(&watched, 1, static_cast<int>(budget.deadline.left().count())) == 0)
            return Error{Fault::unavailable, "PostgreSQL does not answer"};
        int waiting = 0;
        if (ioctl(watched.fd, FIONREAD, &waiting) == 0 && waiting > 0)
            budget.bytes += static_cast<std::size_t>(waiting);
        if (budget.bytes > answer_bytes_max)
            return Error{Fault::unavailable, "PostgreSQL answers more than was asked"};
        if (PQconsumeInput(connection_.get()) == 0)
            return Error{Fault::unavailable, sentence(PQerrorMessage(connection_.get()))};
    }
    return {};
}

// Of the last of several statements, or of the one that failed; the connection takes another one then.
Result<Rows> Session::last_answer() const {
    Answer last;
    Budget budget{Deadline(patience_)};
    while (true) {
        TRY(await_answer(budget));
        Answer next(PQgetResult(connection_.get()));
        if (!next) break;
        if (++budget.results > results_max || is_copy(PQresultStatus(next.get())))
            return Error{Fault::unavailable, "PostgreSQL answers something else than was asked"};
        last = std::move(next);
    }
    if (!last) return Error{Fault::unavailable, "PostgreSQL refused a statement: no answer"};
    return checked(last.get());
}

Result<Rows> Session::query(const std::string& sql, const std::vector<std::string>& parameters,
                            std::size_t columns) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) == 0)
        return Error{Fault::unavailable, sentence(PQerrorMessage(connection_.get()))};
    Rows rows = TRY(last_answer());
    const auto is_other = [&](const std::vector<std::string>& row) { return row.size() != columns; };
    if (columns != 0 && std::ranges::any_of(rows, is_other))
        return Error{Fault::unavailable, "PostgreSQL answers something else than was asked"};
    return rows;
}

Result<std::string> Session::value(const std::string& sql, const std::vector<std::string>& parameters) {
    const Rows rows = TRY(query(sql, parameters, 1));
    if (rows.size() == 1) return rows[0][0];
    return Error{Fault::unavailable, "PostgreSQL answers something else than was asked"};
}

Result<void> Session::execute(const std::string& sql) {
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0)
        return Error{Fault::unavailable, sentence(PQerrorMessage(connection_.get()))};
    TRY(last_answer());
    return {};
}

int Session::server_major() const {
    return PQserverVersion(connection_.get()) / 10'000;
}

// Since version 10 a number is MAJOR * 10000 + MINOR.
std::string Session::server_version() const {
    const int number = PQserverVersion(connection_.get());
    return fmt::format("{}.{}", number / 10000, number % 10000);
}

std::string Session::quoted_name(std::string_view name) const {
    const std::unique_ptr<char, Clear> text(PQescapeIdentifier(connection_.get(), name.data(), name.size()));
    return text ? text.get() : "";
}

std::string Session::quoted_text(std::string_view text) const {
    const std::unique_ptr<char, Clear> quoted(PQescapeLiteral(connection_.get(), text.data(), text.size()));
    return quoted ? quoted.get() : "";
}

}  // namespace countersign::databases
