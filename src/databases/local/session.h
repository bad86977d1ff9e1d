// A connection to one server, as rdsadmin over its socket where nothing else is said. Every statement has a
// deadline, and none is logged by the server when it fails, since it may hold a verifier. Not shared between
// threads.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "databases/local/server_home.h"

struct pg_conn;

namespace countersign::databases::local {

using Rows = std::vector<std::vector<std::string>>;  // NULL is empty

class Session {
public:
    static Result<Session> open(const ServerHome& home, std::uint16_t port, const std::string& database);
    // `postgres`, or `template1` where the owner has dropped that.
    static Result<Session> open(const ServerHome& home, std::uint16_t port);

    // Any connection, of libpq's parameters; in the second form they go before what the connection string
    // says.
    using Parameters = std::vector<std::pair<std::string, std::string>>;
    static Result<Session> connect(const Parameters& parameters);
    static Result<Session> connect(const std::string& conninfo, Parameters parameters);

    Result<Rows> query(const std::string& sql, const std::vector<std::string>& parameters = {});
    Result<void> execute(const std::string& sql);  // several statements are one transaction
    int server_major() const;                      // 15
    std::string quoted_name(std::string_view name) const;
    std::string quoted_text(std::string_view text) const;

private:
    struct Close {
        void operator()(pg_conn* connection) const;
    };
    explicit Session(pg_conn* connection) : connection_(connection) {}
    static Result<Session> connect(const Parameters& parameters, int expand);

    std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace countersign::databases::local
