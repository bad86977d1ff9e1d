#include "databases/engines/local/local_engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "databases/directories.h"
#include "databases/engines/local/accounts.h"
#include "databases/engines/local/door.h"
#include "databases/engines/local/extensions.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/local_server.h"
#include "databases/engines/local/log_watch.h"
#include "databases/engines/local/own_session.h"
#include "databases/engines/local/place.h"
#include "databases/engines/local/spare_store.h"
#include "databases/engines/local/wal_archive.h"
#include "databases/ports.h"
#include "databases/users_on_demand.h"

namespace countersign::databases::local {

namespace {

constexpr auto answer_patience = std::chrono::seconds(2);
constexpr auto making_patience = std::chrono::milliseconds(900);  // the login hook waits no longer than 1.5 s

// Membership as pg_hba.conf counts it: through any number of groups, and not by being a superuser.
constexpr const char* role_query = R"(
    WITH RECURSIVE held(id) AS (
        SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1
        UNION SELECT roleid FROM pg_catalog.pg_auth_members JOIN held ON member = id)
    SELECT count(*), count(*) FILTER (WHERE rolname = 'rds_iam')
    FROM held JOIN pg_catalog.pg_roles ON oid = id)";

}  // namespace

struct LocalEngine::Impl {
    Impl(const Deps& given, Options chosen)
        : deps(given),
          options(std::move(chosen)),
          templates(options.templates.empty() ? options.dir / "templates" : options.templates),
          keeper(options.warden, std::filesystem::absolute(options.dir), deps.random),
          spares(options.dir / "spares", templates, keeper, deps.clock, deps.random),
          snapshots(std::filesystem::absolute(options.dir) / "snapshots"),
          door(given.log, options.endpoint_host, options.everywhere) {}

    // What was started in it may work on, in a directory that has no name any more.
    void end_left(const Path& tree) const { Postmaster::end_left(keeper, ServerHome{tree, {}, {}}); }

    // One tree that does not go keeps nobody else's databases from starting.
    void remove_left(const Path& tree) {
        const Result<void> removed = keeper.remove_tree(tree);
        if (!removed)
            deps.log.warn("database.left_behind",
                          {{"directory", tree.string()}, {"error", removed.error().message}});
    }

    void strip_left(const std::string& server) {
        const Result<void> stripped = keeper.strip_to_wal(retained_home_of(options.dir, server));
        if (!stripped)
            deps.log.warn("database.left_behind",
                          {{"resource", server}, {"error", stripped.error().message}});
    }

    // For a question that somebody waits for.
    Result<Session> ask(const model::Server& server) const {
        if (server.attached) return Error{Fault::unavailable, "it is asked by its own host alone"};
        const ServerHome home = home_of(options.dir, model::home_of(server));
        auto session = open_session(home, place_in(home).value_or(place_of(server)).port);
        if (session) session->set_patience(answer_patience);
        return session;
    }

    // What is not done in time is not done later, when a login has been refused.
    Result<Session> ask_about_users(const ServerView& server) const {
        const ServerHome home = home_of(options.dir, server.key());
        if (!file_exists(home.accounts_mark()))
            return Error{Fault::unsupported, "users are made in servers that Countersign runs itself"};
        Session session = TRY(open_session(home, server.socket_port));
        session.set_patience(making_patience);
        TRY(session.execute("SET statement_timeout = '800ms'; SET lock_timeout = '800ms'"));
        return session;
    }

    // Where it cannot be done, what PostgreSQL itself trusts can be created and nothing else.
    void prepare_extensions_of_all() {
        if (options.preload.empty()) return;
        for (const EngineVersion& version : versions.all()) {
            const Result<void> prepared =
                prepare_extensions(extensions_directory(options.preload, version), version);
            if (!prepared)
                deps.log.error("database.extensions_failed",
                               {{"version", version.text()}, {"error", prepared.error().message}});
        }
    }

    // The next server of this version is made faster.
    void refill_spare(const EngineVersion& version) {
        const Result<void> made = spares.refill(version);
        if (made) return;
        deps.log.error("database.spare_failed", {{"error", made.error().message}});
        if (spare_retries-- > 0) spares.want(version);
    }

    Deps deps;
    Options options;
    Versions versions{{}};
    TemplateStore templates;
    Keeper keeper;
    SpareStore spares;
    SnapshotStore snapshots;
    Door door;
    std::optional<LogWatch> log_watch;
    std::optional<EngineDeps> shared;
    std::atomic<bool> first_spare_due = false;
    std::atomic<int> spare_retries = 10;  // in all: what goes on failing is not tried for ever
};

LocalEngine::LocalEngine(const Deps& deps, Options options)
    : impl_(std::make_unique<Impl>(deps, std::move(options))) {}

LocalEngine::~LocalEngine() = default;

Result<void> LocalEngine::prepare() {
    Impl& impl = *impl_;
    if (geteuid() == 0)
        return Error{Fault::conflict, "PostgreSQL does not run as root; start as another user"};
    Options& options = impl.options;
    options.dir = std::filesystem::absolute(options.dir);
    if (const std::size_t excess = socket_path_excess(options.dir))
        return Error{
            Fault::invalid,
            fmt::format("the path {} is too long for sockets below it by {} letters; choose a shorter "
                        "data directory",
                        options.dir.string(), excess)};
    impl.versions = options.versions ? *options.versions : Versions::discover(options.postgres_roots);
    TRY(impl.versions.find("", ""));
    if (!options.preload.empty() && !file_exists(options.preload))
        impl.deps.log.warn("database.preload_missing", {{"file", options.preload.string()},
                                                        {"means", "every login with a token is refused"}});
    for (const char* part : {"databases", "run"}) TRY(make_directory(options.dir / part));
    if (options.templates.empty()) TRY(make_directory(options.dir / "templates"));
    TRY(impl.snapshots.prepare());
    TRY(impl.keeper.prepare());
    impl.prepare_extensions_of_all();
    TRY(impl.templates.remove_half_made());
    return impl.spares.remove_stale(impl.versions);
}

// A whole directory without a record is kept: nobody wanted it deleted.
Result<void> LocalEngine::clean(const std::set<std::string>& servers,
                                const std::set<std::string>& snapshots) {
    for (const Path& file : impl_->snapshots.clean(snapshots))
        impl_->deps.log.warn("database.snapshot_without_record", {{"file", file.string()}});
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(impl_->options.dir / "databases", failure)) {
        const std::string extension = entry.path().extension();
        if (extension == half_made || extension == half_removed) {
            impl_->end_left(entry.path());
            impl_->remove_left(entry.path());
            continue;
        }
        const bool is_retained = extension == retained;
        if (is_retained) impl_->strip_left(entry.path().stem());
        if (!servers.contains(is_retained ? entry.path().stem() : entry.path().filename()))
            impl_->deps.log.warn("database.without_record", {{"directory", entry.path().string()}});
    }
    return {};
}

void LocalEngine::start() {
    Impl& impl = *impl_;
    impl.log_watch.emplace(impl.deps.observer, impl.deps.log);
    impl.shared.emplace(EngineDeps{impl.options, impl.versions, impl.deps.sealing, impl.deps.clock,
                                   impl.deps.random, impl.deps.log, impl.deps.observer, impl.keeper,
                                   impl.spares, *impl.log_watch, impl.snapshots, impl.door});
    impl.door.start();
    impl.first_spare_due = true;
}

void LocalEngine::stop() {
    impl_->door.stop();
    impl_->log_watch.reset();
}

std::unique_ptr<EngineServer> LocalEngine::manage(const std::string& home) {
    return std::make_unique<LocalServer>(*impl_->shared, home);
}

std::vector<std::function<void()>> LocalEngine::take_chores() {
    std::vector<EngineVersion> due = impl_->spares.take_given();
    if (impl_->first_spare_due.exchange(false)) due.push_back(impl_->versions.all().back());
    std::vector<std::function<void()>> chores;
    chores.reserve(due.size());
    for (const EngineVersion& version : due)
        chores.emplace_back([this, version] { impl_->refill_spare(version); });
    return chores;
}

Membership LocalEngine::membership(const model::Server& server, const std::string& user) {
    auto session = impl_->ask(server);
    if (!session) return Membership::unknown;
    const auto rows = session->query(role_query, {user});
    if (!rows || rows->size() != 1 || rows->front().size() != 2) return Membership::unknown;
    if (rows->front()[0] == "0") return Membership::absent;
    if (rows->front()[1] == "0") return Membership::outsider;
    const auto formal = formal_members(*session);
    if (!formal) return Membership::unknown;
    return std::ranges::find(*formal, user) == formal->end() ? Membership::member : Membership::outsider;
}

std::vector<MembershipGrant> LocalEngine::grants(const model::Server& server, const std::string& user) {
    auto session = impl_->ask(server);
    if (!session) return {};
    auto found = grants_to(*session, user, FormalGrants::skip);
    return found ? *std::move(found) : std::vector<MembershipGrant>();
}

bool LocalEngine::runs(const ServerView& server) const {
    std::error_code error;
    return std::filesystem::exists(home_of(impl_->options.dir, server.key()).data(), error);
}

Result<Making> LocalEngine::make_user(const ServerView& server, const UserWish& wish) {
    Session session = TRY(impl_->ask_about_users(server));
    return databases::make_user(session, OnDemandPlace::own, wish);
}

Result<std::vector<std::string>> LocalEngine::users_on_demand(const ServerView& server) {
    Session session = TRY(impl_->ask_about_users(server));
    return databases::users_in_service(session);
}

Result<void> LocalEngine::retire_user(const ServerView& server, const std::string& user) {
    Session session = TRY(impl_->ask_about_users(server));
    return databases::retire_user(session, user);
}

Result<void> LocalEngine::remove_snapshot(const std::string& resource_id) const {
    return impl_->snapshots.remove(resource_id);
}

Result<void> LocalEngine::copy_snapshot(const std::string& resource_id, const std::string& copy) const {
    return impl_->snapshots.copy(resource_id, copy);
}

std::optional<Instant> LocalEngine::restorable_until(const std::string& resource_id) const {
    return archived_until(wal_of(impl_->options.dir, resource_id));
}

Result<void> LocalEngine::forget_wal(const std::string& resource_id, Instant before) const {
    return forget_archived(wal_of(impl_->options.dir, resource_id), before);
}

Result<void> LocalEngine::remove_retained_wal(const std::string& resource_id) const {
    return impl_->keeper.remove_tree(retained_home_of(impl_->options.dir, resource_id).root);
}

std::optional<std::filesystem::path> LocalEngine::logs(const model::Server& server) const {
    if (server.attached || server.resource_id.empty()) return std::nullopt;
    return server_logs(impl_->options.dir, model::home_of(server));
}

}  // namespace countersign::databases::local
