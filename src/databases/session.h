// A connection to one server. Names and operators are
// those of pg_catalog alone, whatever the database or the role sets: what a user of the database made is
// never called. Every statement has a deadline on both sides, so that a server that hangs costs its caller
// that time and no more; none is logged by the server when it fails, since it may hold a verifier. Not shared
// between threads.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

struct pg_conn;

namespace countersign::databases {

// The database of rdsadmin's own, as RDS has it: nobody else may connect to it, or own what is in it.
inline constexpr const char* own_database = "rdsadmin";

// What every connection of ours sets, as libpq's `options`: it goes before what a database or role sets.
inline constexpr std::string_view trusted_names = "-c search_path=pg_catalog";

using Rows = std::vector<std::vector<std::string>>;  // NULL is empty

class Session {
public:
    // A connection of libpq's parameters; in the second form they go before what the connection string
    // says.
    using Parameters = std::vector<std::pair<std::string, std::string>>;
    static Result<Session> connect(const Parameters& parameters);
    static Result<Session> connect(const std::string& conninfo, Parameters parameters);

    // How long a statement's answer may take from now on: longer than the statement_timeout that is set,
    // where a server that lives is to answer for itself.
    void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

    // Fault::throttled when somebody else holds a lock for too long.
    // With `columns`, an answer of any other width is an error: who owns the server may have it say anything.
    Result<Rows> query(const std::string& sql, const std::vector<std::string>& parameters = {},
                       std::size_t columns = 0);
    Result<std::string> value(const std::string& sql, const std::vector<std::string>& parameters = {});
    Result<void> execute(const std::string& sql);  // several statements are one transaction
    int server_major() const;                      // 15
    std::string server_version() const;            // 15.18
    std::optional<int> peer_process() const;       // of a server behind a unix socket
    std::string quoted_name(std::string_view name) const;
    std::string quoted_text(std::string_view text) const;

private:
    struct Close {
        void operator()(pg_conn* connection) const;
    };
    explicit Session(pg_conn* connection) : connection_(connection) {}
    static Result<Session> connect(const Parameters& parameters, int expand);
    struct Budget;  // of one call
    Result<void> await_answer(Budget& budget) const;
    Result<Rows> last_answer() const;

    std::unique_ptr<pg_conn, Close> connection_;
    std::chrono::milliseconds patience_ = std::chrono::seconds(40);
};

}  // namespace countersign::databases
