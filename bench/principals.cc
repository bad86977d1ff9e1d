// A store of very many users, each with an access key and a policy, written as the IAM service writes them;
// and what it costs to find some of them by their keys for the first time. `--out` gets the keys that were
// found, for logins with them.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "access/principals.h"
#include "agent/login_records.h"
#include "formats/iso_time.h"
#include "model/iam.h"
#include "model/ids.h"
#include "model/keys.h"
#include "store/records.h"
#include "store/sqlite.h"

namespace countersign::bench {
namespace {

namespace keys = model::keys;
using Clock = std::chrono::steady_clock;

struct Key {
    std::string id;
    std::string secret;
};

struct Plan {
    std::string data_directory;
    std::string out;
    std::size_t users = 1'000'000;
    std::size_t found = 1000;
};

template <class T>
T must(Result<T> result) {
    if (result) return *std::move(result);
    fmt::print(stderr, "bench_principals: {}\n", result.error().message);
    std::exit(1);
}

double milliseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double memory_mb() {
    std::ifstream file("/proc/self/statm");
    double pages = 0;
    file >> pages >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

// Writes users; remembers some of their keys, spread over all.
class Filling {
public:
    Filling(store::Store& store, const crypto::SealingKey& sealing, const Plan& plan)
        : store_(store), sealing_(sealing), plan_(plan), account_(must(store.get(keys::account))->value) {}

    std::vector<Key> run() {
        constexpr std::size_t writes_of_a_user = 3;
        const std::size_t every = std::max<std::size_t>(plan_.users / plan_.found, 1);
        store::Transaction change;
        for (std::size_t i = 0; i < plan_.users; ++i) {
            add(fmt::format("person-{:07}", i), i % every == 0, change);
            if (change.writes.size() + writes_of_a_user <= store::operations_max && i + 1 < plan_.users)
                continue;
            must(store_.commit(change));
            change.writes.clear();
        }
        return std::move(kept_);
    }

private:
    void add(const std::string& name, bool keep, store::Transaction& change) {
        model::User user;
        user.name = name;
        user.path = "/";
        user.id = model::new_unique_id("AIDA", random_);
        user.created = now_;
        user.inline_policies["login"] = fmt::format(
            R"({{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"rds-db:connect","Resource":"arn:aws:rds-db:*:{}:dbuser:*/jane"}}}})",
            account_);
        const Secret secret = model::new_secret_access_key(random_);
        model::AccessKey key;
        key.id = model::new_access_key_id(random_);
        key.account = account_;
        key.user = name;
        key.status = model::KeyStatus::Active;
        key.created = now_;
        const std::string place = keys::access_key(key.id);
        key.sealed_secret = sealing_.seal(secret, place, random_);
        change.writes.push_back(store::put(keys::user(account_, name), user));
        change.writes.push_back(store::put(place, key));
        change.writes.push_back(store::Write{keys::user_key(account_, name, key.id), key.id});
        if (keep) kept_.push_back({key.id, std::string(secret.reveal())});
    }

    store::Store& store_;
    const crypto::SealingKey& sealing_;
    const Plan& plan_;
    const std::string account_;
    const Instant now_ = SystemClock().now();
    crypto::SystemRandom random_;
    std::vector<Key> kept_;
};

void fill(const Plan& plan, const crypto::SealingKey& sealing) {
    const auto store = must(store::open_sqlite(plan.data_directory + "/state.db"));
    const Clock::time_point begin = Clock::now();
    const std::vector<Key> kept = Filling(*store, sealing, plan).run();
    fmt::print("fill_s {:.1f}\n", milliseconds_since(begin) / 1000);
    std::ofstream out(plan.out);
    for (const Key& key : kept) out << key.id << ' ' << key.secret << '\n';
}

void find(const Plan& plan, const crypto::SealingKey& sealing) {
    std::vector<std::string> ids;
    std::ifstream in(plan.out);
    for (Key key; in >> key.id >> key.secret;) ids.push_back(key.id);
    std::ranges::shuffle(ids, std::mt19937(std::random_device{}()));
    const double before_mb = memory_mb();
    const Clock::time_point begin = Clock::now();
    const auto store = must(store::open_sqlite(plan.data_directory + "/state.db"));
    access::Principals principals(*store, sealing);
    agent::LoginRecords records(principals);
    fmt::print("open_ms {:.2f}\n", milliseconds_since(begin));
    const std::string date = formats::basic_date(SystemClock().now());
    std::vector<double> times;
    for (const std::string& id : ids) {
        const Clock::time_point asked = Clock::now();
        const auto record = must(records.find({id, "", {date, "us-east-1", "rds-db"}}));
        times.push_back(milliseconds_since(asked));
        if (record == nullptr) std::exit(1);
    }
    fmt::print("find_first_ms {:.3f}\n", times.front());
    std::ranges::sort(times);
    fmt::print("find_p50_ms {:.3f}\nfind_p99_ms {:.3f}\n", times[times.size() / 2],
               times[times.size() * 99 / 100]);
    fmt::print("found {}\nkb_each {:.1f}\n", ids.size(),
               (memory_mb() - before_mb) * 1024 / static_cast<double>(ids.size()));
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
    using namespace countersign;
    bench::Plan plan;
    bool only_find = false;
    CLI::App app("a store of very many principals", "bench_principals");
    app.add_option("--data-dir", plan.data_directory, "of a server that is stopped")->required();
    app.add_option("--out", plan.out, "file for some of the keys")->required();
    app.add_option("--users", plan.users)->check(CLI::PositiveNumber);
    app.add_option("--found", plan.found, "how many keys to find")->check(CLI::PositiveNumber);
    app.add_flag("--only-find", only_find, "the store is filled");
    CLI11_PARSE(app, argc, argv);
    const auto sealing = bench::must(crypto::SealingKey::load(plan.data_directory + "/sealing.key"));
    if (!only_find) bench::fill(plan, sealing);
    bench::find(plan, sealing);
    return 0;
}
