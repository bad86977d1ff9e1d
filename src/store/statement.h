// SQLite's C API with owners: a Connection closes itself, a Statement is prepared once and run many times,
// and a Run ends before the bytes that were bound to it may go. One thread at a time for a connection and all
// that is its.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace countersign::store {

using Value = std::variant<std::int64_t, std::string_view, std::nullptr_t>;  // text is bound as bytes

// What SQLite says about its last failure, with the file's name. Fault::unavailable, or Fault::internal where
// the file is damaged.
Error failure_of(sqlite3* connection);

class Statement {
public:
    class Run {
    public:
        Run(sqlite3_stmt* statement, std::initializer_list<Value> values);
        ~Run();
        Run(const Run&) = delete;
        Run& operator=(const Run&) = delete;

        Result<bool> next();  // is there another row?
        std::int64_t number(int column) const;
        std::string bytes(int column) const;
        bool null(int column) const;

    private:
        sqlite3_stmt* statement_;
        int bound_;
    };

    explicit Statement(sqlite3_stmt* statement) : statement_(statement, sqlite3_finalize) {}

    Run run(std::initializer_list<Value> values = {}) { return Run(statement_.get(), values); }
    Result<void> execute(std::initializer_list<Value> values = {});  // passes over its rows

private:
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
};

class Connection {
public:
    // The file must exist. Waits up to some seconds for a lock that another program holds.
    static Result<Connection> open(const std::filesystem::path& file);

    Result<Statement> prepare(std::string_view sql) const;
    Result<void> execute(const char* sql) const;              // one or more statements without values
    Result<std::int64_t> number(std::string_view sql) const;  // the first row's first column
    Result<std::string> text(std::string_view sql) const;     // likewise
    bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

private:
    explicit Connection(sqlite3* connection) : connection_(connection, sqlite3_close_v2) {}

    std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection_;
};

// Prepares many statements in a row and remembers the first failure among them.
class Preparation {
public:
    explicit Preparation(const Connection& connection) : connection_(connection) {}

    Statement operator()(std::string_view sql);
    Result<void> result() const;  // no statement is usable unless this is good

private:
    const Connection& connection_;
    std::optional<Error> failure_;
};

}  // namespace countersign::store
