// Logins per second into one database over TLS: by token, by password with SCRAM-SHA-256, and by `trust`,
// the floor. Every round tries all in a random order, and the ratios are taken within a round: what else the
// machine does falls on all. The token and the password come from the environment, so that no process list
// shows them.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "process_cpu.h"

namespace countersign::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

struct Method {
    std::string name;
    std::string user;
    std::string password;
};

struct Plan {
    std::string conninfo;
    std::vector<int> clients{1, 8, 32};
    int rounds = 9;
    double seconds = 2;
    pid_t postmaster = 0;
    pid_t agent = 0;
    std::string cgroup_usage;  // the file that counts the server's CPU time; empty: what /proc tells
};

// What one method did in one round; CPU is per login.
struct Trial {
    double logins_per_s = 0;
    double p50_ms = 0;
    double postgres_us = 0;
    double agent_us = 0;
    double client_us = 0;
};

using Field = double Trial::*;

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// Logs in and out once; the error, or nothing.
std::string log_in(const Plan& plan, const Method& method) {
    const char* const keywords[] = {"dbname", "user", "password", "gssencmode", nullptr};
    const char* const values[] = {plan.conninfo.c_str(), method.user.c_str(), method.password.c_str(),
                                  "disable", nullptr};
    const std::unique_ptr<PGconn, decltype(&PQfinish)> session(PQconnectdbParams(keywords, values, 1),
                                                               PQfinish);
    if (PQstatus(session.get()) != CONNECTION_OK) return PQerrorMessage(session.get());
    return PQsslInUse(session.get()) != 0 ? "" : "the session is not encrypted";
}

// The clients of one trial: each logs in again and again until the time is over or one of them fails.
class Clients {
public:
    Clients(const Plan& plan, const Method& method, int count) : plan_(plan), method_(method), ready_(count) {
        for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
        for (std::thread& thread : threads_) thread.join();
    }

    const std::vector<double>& times_ms() const { return times_ms_; }
    const std::string& error() const { return error_; }
    double seconds() const { return std::chrono::duration<double>(last_end_ - first_begin_).count(); }

private:
    void work() {
        std::vector<double> times_ms;
        std::string error;
        ready_.arrive_and_wait();
        const Clock::time_point begin = Clock::now();
        Clock::time_point end = begin;
        while (error.empty() && !failed_ && end - begin < std::chrono::duration<double>(plan_.seconds)) {
            const Clock::time_point before = end;
            error = log_in(plan_, method_);
            end = Clock::now();
            times_ms.push_back(Milliseconds(end - before).count());
        }
        if (!error.empty()) failed_ = true;
        const std::lock_guard lock(mutex_);
        times_ms_.insert(times_ms_.end(), times_ms.begin(), times_ms.end());
        if (!error.empty()) error_ = error;
        first_begin_ = std::min(first_begin_, begin);
        last_end_ = std::max(last_end_, end);
    }

    const Plan& plan_;
    const Method& method_;
    std::latch ready_;
    std::atomic<bool> failed_ = false;
    std::mutex mutex_;
    std::vector<double> times_ms_;
    std::string error_;
    Clock::time_point first_begin_ = Clock::time_point::max();
    Clock::time_point last_end_ = Clock::time_point::min();
    std::vector<std::thread> threads_;
};

// Backends end after their clients have gone; their end belongs to the trial that began them.
void wait_for_backends(pid_t postmaster, std::size_t children_before) {
    const Clock::time_point deadline = Clock::now() + std::chrono::seconds(5);
    while (children_of(postmaster).size() > children_before && Clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

std::int64_t server_cpu_us(const Plan& plan) {
    return plan.cgroup_usage.empty() ? family_cpu_us(plan.postmaster) : cgroup_cpu_us(plan.cgroup_usage);
}

Trial try_method(const Plan& plan, const Method& method, int clients) {
    const std::size_t children = children_of(plan.postmaster).size();
    const std::int64_t postgres = server_cpu_us(plan);
    const std::int64_t agent = own_cpu_us(plan.agent);
    const std::int64_t client = client_cpu_us();
    const Clients done(plan, method, clients);
    if (!done.error().empty()) {
        fmt::print(stderr, "bench_login: {} by {}: {}\n", method.user, method.name, done.error());
        std::exit(1);
    }
    const std::int64_t client_used = client_cpu_us() - client;
    wait_for_backends(plan.postmaster, children);
    const auto logins = static_cast<double>(done.times_ms().size());
    const auto each = [&](std::int64_t used) { return static_cast<double>(used) / logins; };
    return {logins / done.seconds(), median(done.times_ms()), each(server_cpu_us(plan) - postgres),
            each(own_cpu_us(plan.agent) - agent), each(client_used)};
}

// The trials of each method, round by round.
class Rounds {
public:
    void add(const std::string& method, const Trial& trial) { trials_[method].push_back(trial); }

    double middle(const std::string& method, Field field) const {
        std::vector<double> values;
        for (const Trial& trial : trials_.at(method)) values.push_back(trial.*field);
        return median(std::move(values));
    }

    // Of a sum of fields, to the same sum of the reference, within a round.
    double ratio(const std::string& method, const std::string& reference, std::vector<Field> fields) const {
        const auto sum = [&](const Trial& trial) {
            double total = 0;
            for (const Field field : fields) total += trial.*field;
            return total;
        };
        std::vector<double> ratios;
        for (std::size_t i = 0; i < trials_.at(method).size(); ++i)
            ratios.push_back(sum(trials_.at(method)[i]) / sum(trials_.at(reference)[i]));
        return median(std::move(ratios));
    }

private:
    std::map<std::string, std::vector<Trial>> trials_;
};

constexpr const char* reference = "scram";
constexpr const char* least = "trust";

void print_head() {
    fmt::print("{:>7} {:>7} {:>9} {:>8} {:>12} {:>9} {:>10} {:>6} {:>8} {:>10} {:>11}\n", "clients", "method",
               "logins/s", "p50-ms", "postgres-us", "agent-us", "client-us",
               "rate:", "postgr.:", "+agent:", "rate:trust");
}

void print_row(int clients, const std::string& method, const Rounds& rounds) {
    const auto to = [&](const char* other, std::vector<Field> fields) {
        return rounds.ratio(method, other, std::move(fields));
    };
    fmt::print(
        "{:>7} {:>7} {:>9.1f} {:>8.2f} {:>12.0f} {:>9.0f} {:>10.0f} {:>6.2f} {:>8.2f} {:>10.2f} {:>11.2f}\n",
        clients, method, rounds.middle(method, &Trial::logins_per_s), rounds.middle(method, &Trial::p50_ms),
        rounds.middle(method, &Trial::postgres_us), rounds.middle(method, &Trial::agent_us),
        rounds.middle(method, &Trial::client_us), to(reference, {&Trial::logins_per_s}),
        to(reference, {&Trial::postgres_us}), to(reference, {&Trial::postgres_us, &Trial::agent_us}),
        to(least, {&Trial::logins_per_s}));
}

void measure(const Plan& plan, std::vector<Method> methods) {
    std::mt19937 random(std::random_device{}());
    print_head();
    for (const int clients : plan.clients) {
        Rounds rounds;
        for (int round = 0; round < plan.rounds; ++round) {
            std::ranges::shuffle(methods, random);
            for (const Method& method : methods) rounds.add(method.name, try_method(plan, method, clients));
        }
        for (const char* method : {"token", reference, least}) print_row(clients, method, rounds);
        std::fflush(stdout);
    }
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
    using namespace countersign::bench;
    Plan plan;
    std::string token_user;
    std::string password_user;
    std::string trust_user;
    std::string token;
    std::string password;
    CLI::App app("logins per second by token beside SCRAM-SHA-256 and trust", "bench_login");
    app.add_option("--conninfo", plan.conninfo, "where to, with sslmode")->required();
    app.add_option("--postmaster", plan.postmaster, "process id of the PostgreSQL server")->required();
    app.add_option("--agent", plan.agent, "process id of the agent")->required();
    app.add_option("--cgroup-usage", plan.cgroup_usage, "cpuacct.usage of the server's control group");
    app.add_option("--token-user", token_user)->required();
    app.add_option("--password-user", password_user)->required();
    app.add_option("--trust-user", trust_user)->required();
    app.add_option("--clients", plan.clients)->delimiter(',');
    app.add_option("--rounds", plan.rounds)->check(CLI::PositiveNumber);
    app.add_option("--seconds", plan.seconds, "of one trial")->check(CLI::PositiveNumber);
    app.add_option("--token", token)->envname("COUNTERSIGN_BENCH_TOKEN")->required();
    app.add_option("--password", password)->envname("COUNTERSIGN_BENCH_PASSWORD")->required();
    CLI11_PARSE(app, argc, argv);
    measure(plan,
            {{"token", token_user, token}, {reference, password_user, password}, {least, trust_user, ""}});
    return 0;
}
