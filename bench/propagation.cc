// How long a change takes from the store's acknowledgement to the refusal at every agent: a real control
// plane's listener over a SQLite store, and simulated agents that are real clients of its protocol (mutually
// authenticated TLS, long polls, records), all in this process.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "agent_api/client/cached_records.h"
#include "agent_api/client/control.h"
#include "agent_api/server/fleet.h"
#include "audit/log.h"
#include "crypto/seal.h"
#include "formats/json.h"
#include "login/verdict.h"
#include "model/aws_managed_policies.h"
#include "model/fleet.h"
#include "model/keys.h"
#include "model/rds.h"
#include "sigv4/token.h"
#include "store/records.h"
#include "store/sqlite.h"

namespace countersign::bench {
namespace {

namespace fs = std::filesystem;
namespace keys = model::keys;
using Steady = std::chrono::steady_clock;

constexpr int tries_max = 600;
constexpr auto try_again_after = std::chrono::milliseconds(50);
const std::string account = "123456789012";
const sigv4::Credentials jane{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ""};
const std::string allow =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}})";

template <class T>
T must(Result<T> result) {
    if (result) return unwrap(std::move(result));
    std::cerr << "bench_propagation: " << result.error().message << '\n';
    std::exit(1);
}

// A directory that goes with it.
struct Place {
    Place() {
        std::string made = (fs::temp_directory_path() / "countersign-bench-XXXXXX").string();
        if (::mkdtemp(made.data()) == nullptr) std::exit(1);
        directory = made;
    }
    ~Place() { fs::remove_all(directory); }
    fs::path directory;
};

// The control plane, with one user who may connect or may not.
class Plane {
public:
    Plane() {
        put(keys::guardrail(account, "FullAWSAccess"), model::unrestricted({}));
        allow_jane(true);
        model::AccessKey key;
        key.id = jane.access_key_id;
        key.account = account;
        key.user = "jane";
        key.status = model::KeyStatus::Active;
        key.sealed_secret = sealing_.seal(jane.secret_access_key, keys::access_key(key.id), random_);
        put(keys::access_key(key.id), key);
        agent_api::server::Options options;
        options.host = "127.0.0.1";
        options.endpoint_host = "localhost";
        options.authority = authority_;
        fleet_ = must(
            agent_api::server::Fleet::listen({*store_, principals_, audit_, clock_, random_, log_}, options));
        must(fleet_->start());
    }

    void allow_jane(bool may) {
        model::User user;
        user.name = "jane";
        user.path = "/";
        user.id = "AIDAJANE";
        if (may) user.inline_policies["p"] = allow;
        put(keys::user(account, "jane"), user);
    }

    // An agent with a server of its own, as it is after its enrolment.
    agent_api::client::Identity new_agent(int number) {
        const std::string name = "agent-" + std::to_string(number);
        model::DBInstance instance;
        instance.id = "db-of-" + name;
        instance.account = account;
        instance.region = "us-east-1";
        instance.resource_id = "db-" + std::to_string(number);
        model::Server& server = instance.server.emplace();
        server.resource_id = instance.resource_id;
        server.host = "localhost";
        server.port = 5432;
        server.iam_enabled = true;
        server.attached = model::Attached{};
        server.attached->agent = name;
        const Instant now = clock_.now();
        must(store_->commit(
            {{},
             {store::put(keys::instance(account, "us-east-1", instance.id), instance),
              store::put(keys::fleet_agent(name), model::FleetAgent{name, "E", now, "", {account}})}}));
        agent_api::client::Identity identity;
        identity.name = name;
        identity.control_plane = fmt::format("127.0.0.1:{}", fleet_->port());
        identity.trust.authority_pem = authority_.certificate_pem;
        crypto::RequestedKey key = crypto::request_certificate();
        std::string certificate = must(crypto::issue_client(
            authority_, {key.request_pem, {name, "E"}, std::chrono::hours(24)}, now, random_));
        return must(agent_api::client::certified_anew(std::move(identity), std::move(key.key_pem),
                                                      std::move(certificate), now));
    }

private:
    template <class Record>
    void put(const std::string& key, const Record& record) {
        must(store_->commit({{}, {store::put(key, record)}}));
    }

    Place place_;
    SystemClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::warn};
    std::unique_ptr<store::Store> store_ = must(store::open_sqlite(place_.directory / "state.db"));
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    access::Principals principals_{*store_, sealing_};
    crypto::CertifiedKey authority_ = must(crypto::make_authority("Bench CA", clock_.now(), random_));
    audit::LoginLog login_log_ = must(audit::LoginLog::open(place_.directory / "login.log"));
    audit::Audit audit_{login_log_, {}};
    std::unique_ptr<agent_api::server::Fleet> fleet_;
};

// When each agent heard of a change, and when a login was first judged by it.
struct Turn {
    Turn(std::size_t agents, bool wants_allowed) : allowed(wants_allowed), heard(agents), judged(agents) {}
    const bool allowed;  // what the change makes of jane's logins
    std::vector<Steady::time_point> heard;
    std::vector<Steady::time_point> judged;
};

// The turn that is being played; agents that are done wait for the next.
class Table {
public:
    explicit Table(std::size_t agents) : agents_(agents) {}

    void begin(std::shared_ptr<Turn> turn) {
        const std::lock_guard lock(mutex_);
        turn_ = std::move(turn);
        done_ = 0;
    }
    std::shared_ptr<Turn> turn() const {
        const std::lock_guard lock(mutex_);
        return turn_;
    }
    void tell_done() {
        const std::lock_guard lock(mutex_);
        ++done_;
        changed_.notify_all();
    }
    void wait_for_all() {
        std::unique_lock lock(mutex_);
        const bool all =
            changed_.wait_for(lock, std::chrono::minutes(5), [this] { return done_ == agents_; });
        if (all) return;
        std::cerr << fmt::format("bench_propagation: only {} of {} agents saw the change\n", done_, agents_);
        std::exit(1);
    }

private:
    const std::size_t agents_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<Turn> turn_;
    std::size_t done_ = 0;
};

// A simulated agent: holds jane's record, waits for news, and judges a login of hers after each.
class SimulatedAgent {
public:
    SimulatedAgent(std::size_t number, agent_api::client::Identity identity, Table& table)
        : number_(number),
          table_(table),
          control_(std::move(identity)),
          records_({[this](const agent_api::RecordRequest& wanted) { return control_.record(wanted); },
                    clock_, agent_api::client::uptime},
                   std::chrono::hours(1)) {
        server_.resource_id = "db-X";
        server_.region = "us-east-1";
        server_.account = account;
        server_.iam_enabled = true;
        server_.endpoints = {{"localhost", 5432}};
        thread_ = std::thread([this] { follow(); });
    }
    ~SimulatedAgent() {
        stop();
        thread_.join();
    }
    // Takes up to a second: all are told before any is waited for.
    void stop() { control_.stop(); }
    SimulatedAgent(const SimulatedAgent&) = delete;
    SimulatedAgent& operator=(const SimulatedAgent&) = delete;

private:
    void follow() {
        agent_api::WatchRequest seen;
        std::shared_ptr<Turn> last;
        for (;;) {
            const auto answer = control_.watch(seen);
            if (!answer) return;
            records_.apply(*answer);
            const Steady::time_point heard = Steady::now();
            seen = {answer->epoch, answer->revision};
            const std::shared_ptr<Turn> turn = table_.turn();
            if (turn == last || judged() != turn->allowed) continue;
            turn->heard[number_] = heard;
            turn->judged[number_] = Steady::now();
            last = turn;
            table_.tell_done();
        }
    }

    bool judged() {
        const Instant now = clock_.now();
        const std::string token = sigv4::make_token({"localhost", 5432, "us-east-1", "jane"}, jane, now);
        const login::SentToken sent(token);
        const auto claimed = login::claimed_key(sent);
        // All ask at once: who waits too long is refused, and tries again.
        auto record = records_.find(*claimed);
        for (int i = 0; !record && i < tries_max; ++i) {
            std::this_thread::sleep_for(try_again_after);
            record = records_.find(*claimed);
        }
        login::KeyFacts known;
        if (record) known.record = record->get();
        return login::judge({login::Transport::tls, login::Membership::member, "jane", "", sent}, server_,
                            known, now)
            .allowed();
    }

    const std::size_t number_;
    Table& table_;
    SystemClock clock_;
    agent_api::client::ControlPlane control_;
    agent_api::client::CachedRecords records_;
    login::Server server_;
    std::thread thread_;
};

// Thousands of connections, both ends of each in this process.
void allow_many_descriptors() {
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
}

formats::json::object figures(std::vector<double> milliseconds) {
    std::ranges::sort(milliseconds);
    const auto at = [&](double part) {
        return milliseconds[static_cast<std::size_t>(part * static_cast<double>(milliseconds.size() - 1))];
    };
    return {{"p50", at(0.5)}, {"p99", at(0.99)}, {"max", milliseconds.back()}};
}

std::vector<double> since(Steady::time_point begin, const std::vector<Steady::time_point>& moments) {
    std::vector<double> all;
    all.reserve(moments.size());
    for (const Steady::time_point moment : moments)
        all.push_back(std::chrono::duration<double, std::milli>(moment - begin).count());
    return all;
}

void run(std::size_t count, int rounds) {
    Plane plane;
    Table table(count);
    table.begin(std::make_shared<Turn>(count, true));
    std::vector<agent_api::client::Identity> identities;
    for (std::size_t i = 0; i < count; ++i) identities.push_back(plane.new_agent(static_cast<int>(i)));
    std::vector<std::unique_ptr<SimulatedAgent>> agents;
    for (std::size_t i = 0; i < count; ++i)
        agents.push_back(std::make_unique<SimulatedAgent>(i, std::move(identities[i]), table));
    table.wait_for_all();
    std::vector<double> heard;
    std::vector<double> refused;
    for (int round = 0; round < 2 * rounds; ++round) {
        const auto turn = std::make_shared<Turn>(count, round % 2 != 0);
        table.begin(turn);
        plane.allow_jane(turn->allowed);
        const Steady::time_point acknowledged = Steady::now();
        table.wait_for_all();
        if (turn->allowed) continue;
        for (const double one : since(acknowledged, turn->heard)) heard.push_back(one);
        for (const double one : since(acknowledged, turn->judged)) refused.push_back(one);
    }
    for (const auto& agent : agents) agent->stop();
    std::cout << formats::json::object{{"agents", count},
                                       {"rounds", rounds},
                                       {"heard_ms", figures(std::move(heard))},
                                       {"refused_ms", figures(std::move(refused))}}
              << '\n';
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
    std::size_t agents = 100;
    int rounds = 5;
    CLI::App app("measures how fast a change reaches agents");
    app.add_option("--agents", agents, "how many simulated agents")->check(CLI::Range(1, 5000));
    app.add_option("--rounds", rounds, "how often a policy is taken away and given back")
        ->check(CLI::Range(1, 1000));
    CLI11_PARSE(app, argc, argv);
    countersign::bench::allow_many_descriptors();
    countersign::bench::run(agents, rounds);
}
