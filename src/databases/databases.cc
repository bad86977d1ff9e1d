#include "databases/databases.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "databases/backup_retention.h"
#include "databases/census.h"
#include "databases/reconcile.h"
#include "databases/worker_pool.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::databases {

using model::DatabaseStatus;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t workers = 8;     // servers that are busy at once; a few seconds each at most
constexpr auto observe_every = 500ms;  // what no watch tells: processes, windows, certificates
constexpr auto tidy_every = 60s;       // backups that are too old
constexpr auto store_retry = 200ms;    // when it does not answer
constexpr auto start_poll = 5ms;
constexpr auto look_poll = 2ms;

}  // namespace

// A server with its worker's state, which is the worker's alone.
struct WorkItem {
    explicit WorkItem(std::unique_ptr<EngineServer> server) : managed(std::move(server)) {}

    ManagedServer managed;
    ServerKeys keys;
    bool busy = false;         // a worker has it
    bool again = false;        // news came meanwhile
    std::uint64_t asked = 0;   // how often it was asked to be looked at
    std::uint64_t looked = 0;  // how many of these are done
};

struct Databases::Impl {
    explicit Impl(const Deps& given) : deps(given) {}

    Result<void> prepare();
    Result<void> take_census();
    Result<void> clean_claims(const std::vector<store::Entry>& claims);
    Result<void> show_starting();
    std::set<std::string> known_servers() const;
    bool still_starting() const;
    void submit_chores();
    void run();
    void take_news();
    void schedule_all();
    void schedule(WorkItem& item) REQUIRES(mutex);
    void work_on(WorkItem& item);
    bool has_looked();
    void look_now(std::chrono::milliseconds patience);
    bool reconcile(WorkItem& item);
    void stop();

    const Deps deps;
    std::optional<Reconciler> reconciler;
    Census census;
    std::vector<ServerKeys> starting;  // those that this start brings back
    std::unique_ptr<store::Watch> watch;
    Mutex mutex;  // of the items, their keys and flags
    std::map<std::string, std::unique_ptr<WorkItem>> items GUARDED_BY(mutex);
    std::atomic<bool> ending = false;
    std::atomic<bool> awaited = false;  // somebody waits in look_now()
    std::optional<WorkerPool> pool;
    Thread thread;
};

Result<void> Databases::Impl::prepare() {
    TRY(deps.engine.prepare());
    // Claims are read before records: a claim made later is not among them, one made earlier has its record.
    const store::Page claims = TRY(store::list_all(deps.store, model::keys::ports()));
    TRY(take_census());
    TRY(clean_claims(claims.entries));
    std::set<std::string> homes = known_servers();
    for (const auto& [key, backup] : census.retained_backups()) homes.insert(backup.home);
    TRY(deps.engine.clean(homes, census.snapshots()));
    return show_starting();
}

std::set<std::string> Databases::Impl::known_servers() const {
    std::set<std::string> known;
    for (const ServerKeys& keys : census.servers()) known.insert({keys.resource_id, keys.name()});
    return known;
}

// Until its PostgreSQL is seen to run, a database that was available is not.
Result<void> Databases::Impl::show_starting() {
    for (const ServerKeys& keys : census.servers()) {
        const RecordSet before = TRY(read_records(deps.store, keys));
        if (!desired_state_of(before, deps.clock.now()).running ||
            before.status() != DatabaseStatus::available)
            continue;
        RecordSet after = before;
        after.set_status(DatabaseStatus::starting);
        for (store::Stored<model::DBInstance>& instance : after.instances)
            if (instance.record.status == DatabaseStatus::available)
                instance.record.status = DatabaseStatus::starting;
        TRY(write_records(deps.store, before, after, {}));
        starting.push_back(keys);
    }
    return take_census();
}

bool Databases::Impl::still_starting() const {
    return std::ranges::any_of(starting, [this](const ServerKeys& keys) {
        const Result<RecordSet> records = read_records(deps.store, keys);
        return records && records->status() == DatabaseStatus::starting;
    });
}

Result<void> Databases::Impl::take_census() {
    const store::Page page = TRY(store::list_all(deps.store, model::keys::rds()));
    census.clear();
    for (const store::Entry& entry : page.entries) census.set(entry.key, entry.value);
    watch = deps.store.watch(model::keys::rds(), page.revision);
    return {};
}

Result<void> Databases::Impl::clean_claims(const std::vector<store::Entry>& claims) {
    const std::set<std::string> known = known_servers();
    for (const store::Entry& entry : claims) {
        const Result<model::PortClaim> claim = formats::from_record<model::PortClaim>(entry.value);
        if (claim && known.contains(claim->resource_id)) continue;
        const Result<store::Revision> erased =
            deps.store.commit({{{entry.key, entry.modified}}, {store::erase(entry.key)}});
        if (erased) deps.log.info("database.claim_removed", {{"key", entry.key}});
    }
    return {};
}

void Databases::Impl::submit_chores() {
    for (auto& chore : deps.engine.take_chores()) pool->submit(std::move(chore));
}

void Databases::Impl::take_news() {
    const Result<std::vector<store::Event>> news = watch->next(observe_every);
    if (news) {
        for (const store::Event& event : *news) census.set(event.key, event.value);
        return;
    }
    const Result<void> counted = take_census();
    if (counted) return;
    deps.log.warn("database.store_unavailable", {{"error", counted.error().message}});
    std::this_thread::sleep_for(store_retry);
}

void Databases::Impl::schedule_all() {
    const MutexLock lock(mutex);
    for (const auto& [id, item] : items) item->keys = ServerKeys{id, {}, {}};
    for (ServerKeys& keys : census.servers()) {
        std::unique_ptr<WorkItem>& item = items[keys.name()];
        if (!item) item = std::make_unique<WorkItem>(deps.engine.manage(keys.name()));
        item->keys = std::move(keys);
    }
    for (const auto& [id, item] : items) schedule(*item);
}

void Databases::Impl::schedule(WorkItem& item) {
    item.again = item.busy;
    if (item.busy) return;
    item.busy = true;
    pool->submit([this, &item] { work_on(item); });
}

// A throw costs the server this round and no more: the next one begins where the records are.
bool Databases::Impl::reconcile(WorkItem& item) {
    ServerKeys keys;
    std::uint64_t asked = 0;
    {
        const MutexLock lock(mutex);
        keys = item.keys;
        item.again = false;
        asked = item.asked;
    }
    bool gone = false;
    guarded(deps.log, "db-worker", [&] { gone = reconciler->reconcile_once(keys, item.managed); });
    const MutexLock lock(mutex);
    item.looked = asked;
    return gone;
}

void Databases::Impl::work_on(WorkItem& item) {
    bool more = true;
    while (more && !ending) {
        const bool gone = reconcile(item);
        guarded(deps.log, "db-worker", [this] { submit_chores(); });
        const MutexLock lock(mutex);
        more = item.again;
        item.busy = more;
        if (!gone || more) continue;
        const std::string name = item.keys.name();
        items.erase(name);
    }
}

bool Databases::Impl::has_looked() {
    const MutexLock lock(mutex);
    return std::ranges::all_of(items,
                               [](const auto& one) { return one.second->looked == one.second->asked; });
}

void Databases::Impl::look_now(std::chrono::milliseconds patience) {
    {
        const MutexLock lock(mutex);
        for (const auto& [id, item] : items) {
            ++item->asked;
            schedule(*item);
        }
    }
    if (awaited.exchange(true)) return;
    const Deadline deadline(patience);
    while (!ending && !deadline.passed() && !has_looked()) std::this_thread::sleep_for(look_poll);
    awaited = false;
}

void Databases::Impl::run() {
    Deadline tidied(0ms);
    std::size_t ending_before = 0;
    while (!ending) {
        schedule_all();
        take_news();
        const std::size_t ending_now = backups_ending(census);
        if (!tidied.passed() && ending_now == std::exchange(ending_before, ending_now)) continue;
        forget_old_backups({deps.store, deps.engine, deps.log}, census, deps.clock.now());
        tidied = Deadline(tidy_every);
    }
}

void Databases::Impl::stop() {
    ending = true;
    if (watch) watch->wake();
    thread.join();
    if (pool) pool->finish();
    const MutexLock lock(mutex);
    for (const auto& [id, item] : items) item->managed.server->begin_stop();
    for (const auto& [id, item] : items) item->managed.server->stop();
    items.clear();
    deps.engine.stop();
}

Databases::Databases(const Deps& deps) : impl_(std::make_unique<Impl>(deps)) {}

Databases::~Databases() {
    stop();
}

Result<void> Databases::start() {
    Impl& impl = *impl_;
    TRY(impl.prepare());
    const Deps& deps = impl.deps;
    deps.engine.start();
    impl.reconciler.emplace(Reconciler::Deps{deps.store, deps.clock, deps.random, deps.log});
    impl.pool.emplace(workers, deps.log);
    impl.submit_chores();
    impl.thread = Thread(
        "databases", deps.log, [&impl] { impl.run(); }, [&impl] { return impl.ending.load(); });
    return {};
}

void Databases::await_started(std::chrono::milliseconds patience) const {
    const Deadline deadline(patience);
    while (!deadline.passed() && impl_->still_starting()) std::this_thread::sleep_for(start_poll);
}

void Databases::look_now(std::chrono::milliseconds patience) const {
    if (impl_) impl_->look_now(patience);
}

void Databases::stop() {
    if (!impl_) return;
    impl_->stop();
    impl_.reset();
}

}  // namespace countersign::databases
