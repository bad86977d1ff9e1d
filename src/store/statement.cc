#include "store/statement.h"

#include <fmt/format.h>

namespace countersign::store {

namespace {

constexpr int busy_wait_ms_max = 5000;

// SQLite takes a null pointer for NULL, which an empty value is not.
int bind_bytes(sqlite3_stmt* statement, int place, std::string_view bytes) {
    const char* begin = bytes.data() == nullptr ? "" : bytes.data();
    return sqlite3_bind_blob64(statement, place, begin, bytes.size(), SQLITE_STATIC);
}

int bind(sqlite3_stmt* statement, int place, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(statement, place, *number);
    if (const auto* bytes = std::get_if<std::string_view>(&value))
        return bind_bytes(statement, place, *bytes);
    return sqlite3_bind_null(statement, place);
}

}  // namespace

Error failure_of(sqlite3* connection) {
    const char* file = sqlite3_db_filename(connection, nullptr);
    const int code = sqlite3_errcode(connection);
    const std::string name = file == nullptr ? "" : file;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return Error{
            Fault::internal,
            fmt::format("the store {} is damaged ({}): restore it from a backup, or move it away together "
                        "with its -wal and -shm files to start empty",
                        name, sqlite3_errmsg(connection))};
    return Error{Fault::unavailable,
                 fmt::format("the store {} failed: {}", name, sqlite3_errmsg(connection))};
}

Statement::Run::Run(sqlite3_stmt* statement, std::initializer_list<Value> values)
    : statement_(statement), bound_(SQLITE_OK) {
    int place = 0;
    for (const Value& value : values) {
        const int code = bind(statement_, ++place, value);
        if (bound_ == SQLITE_OK) bound_ = code;
    }
}

Statement::Run::~Run() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Result<bool> Statement::Run::next() {
    const int code = bound_ == SQLITE_OK ? sqlite3_step(statement_) : bound_;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failure_of(sqlite3_db_handle(statement_));
}

std::int64_t Statement::Run::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Statement::Run::bytes(int column) const {
    const auto* begin = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return begin == nullptr ? std::string() : std::string(begin, static_cast<std::size_t>(size));
}

bool Statement::Run::null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<void> Statement::execute(std::initializer_list<Value> values) {
    Run rows = run(values);
    while (TRY(rows.next())) continue;
    return {};
}

Result<Connection> Connection::open(const std::filesystem::path& file) {
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Connection connection(handle);
    if (code != SQLITE_OK)
        return Error{Fault::unavailable,
                     fmt::format("cannot open the store {}: {}", file.string(), sqlite3_errstr(code))};
    sqlite3_busy_timeout(handle, busy_wait_ms_max);
    return connection;
}

Result<Statement> Connection::prepare(std::string_view sql) const {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return failure_of(connection_.get());
    return Statement(statement);
}

Result<void> Connection::execute(const char* sql) const {
    if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure_of(connection_.get());
    return {};
}

Result<std::int64_t> Connection::number(std::string_view sql) const {
    Statement statement = TRY(prepare(sql));
    Statement::Run row = statement.run();
    if (!TRY(row.next())) return std::int64_t{0};
    return row.number(0);
}

Result<std::string> Connection::text(std::string_view sql) const {
    Statement statement = TRY(prepare(sql));
    Statement::Run row = statement.run();
    if (!TRY(row.next())) return std::string();
    return row.bytes(0);
}

Statement Preparation::operator()(std::string_view sql) {
    Result<Statement> statement = connection_.prepare(sql);
    if (statement) return *std::move(statement);
    if (!failure_) failure_ = statement.error();
    return Statement(nullptr);
}

Result<void> Preparation::result() const {
    if (failure_) return *failure_;
    return {};
}

}  // namespace countersign::store
