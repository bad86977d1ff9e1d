// Figures for Prometheus: logins by database, outcome and check, how long verdicts take, whether pg_hba.conf
// of attached servers is in order, API requests by operation and error code. Labels come from our own records
// and fixed sets, never from what a client sends. Safe to call from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace countersign::telemetry {

// One attempt to log in, as it is counted.
struct CountedLogin {
    std::string_view database;  // identifier of the cluster or instance
    std::string_view resource_id;
    std::string_view region;
    std::string_view check = {};           // that refused; empty: allowed
    bool reached_iam = true;               // whether AWS would count it as an IAM authentication
    std::string_view cause = {};           // of a refusal that is: invalid_token, throttling, …
    std::chrono::microseconds latency{0};  // to the verdict; 0: not known
    std::string_view account = {};         // whose database it is; no label
};

// A database that has figures beside those of its logins.
struct CountedDatabase {
    std::string_view database;
    std::string_view resource_id;
    std::string_view region;
    std::string_view account = {};
};

class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void count_login(const CountedLogin& login);
    // Of an attached server: 1 in order, 0 not, NaN when that cannot be told.
    void set_hba_in_order(const CountedDatabase& database, double value);
    void drop_hba_in_order(const CountedDatabase& database);
    // A line was written that tells of it. `state` is one of a fixed set.
    void count_hba_alarm(const CountedDatabase& database, std::string_view state);
    // `code` is the error's, empty when there was none.
    void count_request(std::string_view action, std::string_view code);

    // Prometheus' text format, version 0.0.4: everything, with the names of all databases.
    std::string text() const;
    // The same in sums that name no database.
    std::string sums() const;
    // What is counted of the databases of one account.
    std::string text_of(std::string_view account) const;

private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace countersign::telemetry
