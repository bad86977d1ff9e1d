#include "databases/databases.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "databases/census.h"
#include "databases/local/deadline.h"
#include "databases/local/files.h"
#include "databases/local/keeper.h"
#include "databases/local/log_watch.h"
#include "databases/local/spare_store.h"
#include "databases/reconcile.h"
#include "databases/worker_pool.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::databases {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t workers = 8;   // servers that are busy at once; a few seconds each at most
constexpr auto look_every = 500ms;   // at what no watch tells: processes, windows, certificates
constexpr auto store_retry = 200ms;  // when it does not answer
constexpr auto start_poll = 5ms;

// A server with its worker's state. `busy` while a worker has it; `again` when news came meanwhile.
struct Slot {
    Slot(const local::Workshop& workshop, const std::string& resource_id) : unit(workshop, resource_id) {}

    Unit unit;
    ServerKeys keys;
    bool busy = false;
    bool again = false;
};

}  // namespace

struct Databases::Work {
    Work(const Surroundings& surroundings, Options chosen);

    Result<void> prepare();
    Result<void> take_census();
    Result<void> clean_claims(const std::vector<store::Entry>& claims);
    void remove_left(const std::filesystem::path& tree);
    Result<void> clean_directories();
    Result<void> show_starting();
    bool still_starting() const;
    void refill_spare(const EngineVersion& version);
    void run();
    void take_news();
    void look_at_all();
    void look_at(Slot& slot);
    void serve(Slot& slot);
    void stop();

    Surroundings around;
    Options options;
    Versions versions{{}};
    local::TemplateStore templates;
    local::Keeper keeper;
    local::SpareStore spares;
    std::optional<local::LogWatch> log_watch;
    std::optional<local::Workshop> workshop;
    std::optional<Reconciler> reconciler;
    Census census;
    std::vector<ServerKeys> starting;  // those that this start brings back
    std::unique_ptr<store::Watch> watch;
    std::mutex mutex;  // of slots, their keys and flags; a unit is its worker's
    std::map<std::string, std::unique_ptr<Slot>> slots;
    std::atomic<bool> ending = false;
    std::optional<WorkerPool> pool;
    std::thread thread;
};

Databases::Work::Work(const Surroundings& surroundings, Options chosen)
    : around(surroundings),
      options(std::move(chosen)),
      templates(options.dir / "templates"),
      keeper(options.warden, std::filesystem::absolute(options.dir), around.random),
      spares(options.dir / "spares", templates, keeper, around.clock, around.random) {}

Result<void> Databases::Work::prepare() {
    if (geteuid() == 0)
        return Error{Fault::conflict, "PostgreSQL does not run as root; start as another user"};
    options.dir = std::filesystem::absolute(options.dir);
    TRY(local::check_socket_paths(options.dir));
    versions = options.versions ? *options.versions : Versions::discover(options.postgres_roots);
    TRY(versions.find(""));
    if (!options.preload.empty() && !local::file_exists(options.preload))
        around.log.warn("database.preload_missing", {{"file", options.preload.string()},
                                                     {"means", "every login with a token is refused"}});
    for (const char* part : {"databases", "templates", "run"}) TRY(local::make_directory(options.dir / part));
    TRY(keeper.prepare());
    TRY(templates.remove_half_made());
    TRY(spares.remove_stale(versions));
    // Claims are read before records: a claim made later is not among them, one made earlier has its record.
    const store::Page claims = TRY(store::list_all(around.store, "/port/"));
    TRY(take_census());
    TRY(clean_claims(claims.entries));
    TRY(clean_directories());
    return show_starting();
}

// Until its PostgreSQL is seen to run, a database that was available is not.
Result<void> Databases::Work::show_starting() {
    for (const ServerKeys& keys : census.servers()) {
        const RecordSet before = TRY(read_records(around.store, keys));
        if (!wanted_of(before, around.clock.now()).running || before.status() != status_available) continue;
        RecordSet after = before;
        after.set_status(status_starting);
        for (store::Stored<model::DBInstance>& instance : after.instances)
            if (instance.record.status == status_available) instance.record.status = status_starting;
        TRY(write_records(around.store, before, after, {}));
        starting.push_back(keys);
    }
    return take_census();
}

bool Databases::Work::still_starting() const {
    return std::ranges::any_of(starting, [this](const ServerKeys& keys) {
        const Result<RecordSet> records = read_records(around.store, keys);
        return records && records->status() == status_starting;
    });
}

Result<void> Databases::Work::take_census() {
    const store::Page page = TRY(store::list_all(around.store, model::keys::rds()));
    census.clear();
    for (const store::Entry& entry : page.entries) census.set(entry.key, entry.value);
    watch = around.store.watch(model::keys::rds(), page.revision);
    return {};
}

Result<void> Databases::Work::clean_claims(const std::vector<store::Entry>& claims) {
    std::map<std::string, bool> known;
    for (const ServerKeys& keys : census.servers()) known[keys.resource_id] = true;
    for (const store::Entry& entry : claims) {
        const Result<model::PortClaim> claim = formats::from_record<model::PortClaim>(entry.value);
        if (claim && known.contains(claim->resource_id)) continue;
        const Result<store::Revision> erased =
            around.store.commit({{{entry.key, entry.modified}}, {store::erase(entry.key)}});
        if (erased) around.log.info("database.claim_removed", {{"key", entry.key}});
    }
    return {};
}

// One tree that does not go keeps nobody else's databases from starting.
void Databases::Work::remove_left(const std::filesystem::path& tree) {
    const Result<void> removed = keeper.remove_tree(tree);
    if (!removed)
        around.log.warn("database.left_behind",
                        {{"directory", tree.string()}, {"error", removed.error().message}});
}

// What is half-made or half-removed goes. A whole directory without a record is kept: nobody wished it
// deleted.
Result<void> Databases::Work::clean_directories() {
    std::map<std::string, bool> known;
    for (const ServerKeys& keys : census.servers()) known[keys.resource_id] = true;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(options.dir / "databases", failure)) {
        const std::string extension = entry.path().extension();
        if (extension == local::half_made || extension == local::half_removed)
            remove_left(entry.path());
        else if (!known.contains(entry.path().filename()))
            around.log.warn("database.without_record", {{"directory", entry.path().string()}});
    }
    return {};
}

// The next server of this version is made faster.
void Databases::Work::refill_spare(const EngineVersion& version) {
    pool->submit([this, version] {
        const Result<void> made = spares.refill(version);
        if (!made) around.log.error("database.spare_failed", {{"error", made.error().message}});
    });
}

void Databases::Work::take_news() {
    const Result<std::vector<store::Event>> news = watch->next(look_every);
    if (news) {
        for (const store::Event& event : *news) census.set(event.key, event.value);
        return;
    }
    const Result<void> counted = take_census();
    if (counted) return;
    around.log.warn("database.store_unavailable", {{"error", counted.error().message}});
    std::this_thread::sleep_for(store_retry);
}

void Databases::Work::look_at_all() {
    const std::lock_guard lock(mutex);
    for (const auto& [id, slot] : slots) slot->keys = ServerKeys{id, {}, {}};
    for (ServerKeys& keys : census.servers()) {
        std::unique_ptr<Slot>& slot = slots[keys.resource_id];
        if (!slot) slot = std::make_unique<Slot>(*workshop, keys.resource_id);
        slot->keys = std::move(keys);
    }
    for (const auto& [id, slot] : slots) look_at(*slot);
}

void Databases::Work::look_at(Slot& slot) {
    slot.again = slot.busy;
    if (slot.busy) return;
    slot.busy = true;
    pool->submit([this, &slot] { serve(slot); });
}

void Databases::Work::serve(Slot& slot) {
    bool more = true;
    while (more && !ending) {
        ServerKeys keys;
        {
            const std::lock_guard lock(mutex);
            keys = slot.keys;
            slot.again = false;
        }
        const bool gone = reconciler->look(keys, slot.unit);
        for (const EngineVersion& version : spares.take_given()) refill_spare(version);
        const std::lock_guard lock(mutex);
        more = slot.again;
        slot.busy = more;
        if (gone && !more) slots.erase(keys.resource_id);
        if (!more) return;
    }
}

void Databases::Work::run() {
    while (!ending) {
        look_at_all();
        take_news();
    }
}

void Databases::Work::stop() {
    ending = true;
    if (watch) watch->wake();
    if (thread.joinable()) thread.join();
    if (pool) pool->finish();
    for (const auto& [id, slot] : slots) slot->unit.server.begin_stop();
    for (const auto& [id, slot] : slots) slot->unit.server.stop();
    slots.clear();
    log_watch.reset();
}

Databases::Databases(const Surroundings& around, Options options)
    : work_(std::make_unique<Work>(around, std::move(options))) {}

Databases::~Databases() {
    stop();
}

Result<void> Databases::start() {
    Work& work = *work_;
    TRY(work.prepare());
    const Surroundings& around = work.around;
    work.log_watch.emplace(around.observer);
    work.workshop.emplace(local::Workshop{work.options, work.versions, around.sealing, around.clock,
                                          around.random, around.log, around.observer, work.keeper,
                                          work.spares, *work.log_watch});
    work.reconciler.emplace(around.store, *work.workshop);
    work.pool.emplace(workers, around.log);
    work.refill_spare(work.versions.all().back());
    work.thread = std::thread([&work] { work.run(); });
    return {};
}

void Databases::await_started(std::chrono::milliseconds patience) const {
    const local::Deadline deadline(patience);
    while (!deadline.passed() && work_->still_starting()) std::this_thread::sleep_for(start_poll);
}

void Databases::stop() {
    if (!work_) return;
    work_->stop();
    work_.reset();
}

}  // namespace countersign::databases
