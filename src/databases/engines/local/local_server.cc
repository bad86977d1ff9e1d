#include "databases/engines/local/local_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "databases/endpoints.h"
#include "databases/engines/local/boundary.h"
#include "databases/engines/local/extensions.h"
#include "databases/engines/local/installed.h"
#include "databases/engines/local/place.h"
#include "databases/members.h"
#include "databases/on_demand.h"
#include "databases/ports.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto server_stop_patience = 10s;
constexpr auto single_user_patience = 120s;  // it recovers first, where PostgreSQL was killed
constexpr std::size_t configuration_bytes_max = std::size_t{1024} * 1024;

Result<std::string> user_name() {
    const User user = current_user();
    if (!user.name.empty()) return user.name;
    return Error{Fault::unavailable,
                 fmt::format("the user {} has no name on this machine, and PostgreSQL needs one", geteuid())};
}

}  // namespace

LocalServer::LocalServer(const EngineDeps& deps, const std::string& resource_id)
    : deps_(deps),
      home_(home_of(deps.options.dir, resource_id)),
      control_(home_),
      upgrade_(deps.keeper, home_, deps.options.preload),
      snapshot_(deps.keeper, home_, deps.snapshots),
      restore_(deps.keeper, home_) {}

bool LocalServer::has_storage() const {
    return file_exists(home_.root);
}

bool LocalServer::has_accounts() const {
    return file_exists(home_.accounts_mark()) && !file_exists(home_.upgraded_mark());
}

bool LocalServer::crashed() {
    if (!expected_ || running()) return false;
    expected_ = false;
    return true;
}

bool LocalServer::certificate_is_due(const ServerFacts& facts) const {
    return certificate_ends_ - deps_.clock.now() < certificate_rest_min ||
           certified_names_ != certificate_names(facts).alternatives;
}

Result<EngineVersion> LocalServer::installed_version() const {
    const std::optional<unsigned> major = major_of(home_.data());
    if (!major) return Error{Fault::internal, "its data directory has no PG_VERSION"};
    return deps_.versions.runner_of(std::to_string(*major));
}

Result<Secret> LocalServer::opened(const ServerFacts& facts, const std::string& sealed) const {
    if (sealed.empty()) return Secret();
    return deps_.sealing.open(sealed, facts.server.resource_id);
}

crypto::CertificateNames LocalServer::certificate_names(const ServerFacts& facts) const {
    crypto::CertificateNames names = names_for(facts.server, home_.resource_id, deps_.options.endpoint_host);
    for (const Endpoint& endpoint : further_endpoints(facts.member))
        if (std::ranges::count(names.alternatives, endpoint.host) == 0)
            names.alternatives.push_back(endpoint.host);
    return names;
}

// Nothing when that is what it has.
Result<void> LocalServer::write_data(const ServerHome& where, const std::string& name,
                                     const std::string& text, Durability durability) const {
    const Result<std::string> old = read_server_file(where.data() / name, configuration_bytes_max);
    if (old && *old == text) return {};
    return deps_.keeper.replace_file(where, name, text, durability);
}

void LocalServer::read_certificate(const ServerHome& where, const ServerFacts& facts) {
    const CertificateOrder order{deps_.options.authority, certificate_names(facts)};
    certificate_ends_ = certificate_expiry(where, order);
    certified_names_ = order.names.alternatives;
}

Result<void> LocalServer::keep_certificate(const ServerHome& where, const ServerFacts& facts,
                                           Durability durability) {
    read_certificate(where, facts);
    if (!certificate_is_due(facts)) return {};
    const CertificateOrder order{deps_.options.authority, certificate_names(facts)};
    TRY(write_certificate(deps_.keeper, where, order, {deps_.clock.now(), deps_.random, durability}));
    read_certificate(where, facts);
    return {};
}

Result<void> LocalServer::write_configuration(const ServerHome& where, const ServerFacts& facts,
                                              const EngineVersion& version, Durability durability) const {
    const std::string user = TRY(user_name());
    const bool own = facts.server.own_host;
    ServerSettings settings{own ? facts.server.host : deps_.options.endpoint_host, facts.server.port,
                            facts.identifier, own, without_missing(facts.parameters, version)};
    settings.extensions = extension_names(deps_.options.preload, version);
    settings.ephemeral = deps_.options.ephemeral;
    settings.archives = facts.archives;
    settings.everywhere = deps_.options.everywhere;
    settings.replication = replication(where, facts);
    deps_.keeper.adjust(settings);
    if (!settings.replication.follows.empty()) TRY(write_replication_password(where, facts));
    TRY(write_data(where, "countersign.conf", configuration(home_, settings), durability));
    return write_data(where, "pg_ident.conf", pg_ident(user), durability);
}

Result<void> LocalServer::make_storage(const ServerFacts& facts) {
    ServerHome making = home_;
    making.root += half_made;
    TRY(deps_.keeper.remove_tree(making.root));
    Result<void> made = fill_storage(making, facts);
    if (made) return rename_durably(making.root, home_.root);
    TRY(deps_.keeper.remove_tree(making.root));
    return made;
}

Result<void> LocalServer::fill_storage(const ServerHome& making, const ServerFacts& facts) {
    const EngineVersion version = TRY(deps_.versions.runner_of(facts.server.engine_version));
    TRY(deps_.spares.give(version, making));
    TRY(replace_file(making.own_database_mark(), "", Durability::none));
    TRY(write_configuration(making, facts, version, Durability::none));
    TRY(keep_certificate(making, facts, Durability::none));
    return sync_tree(making.root);
}

Result<void> LocalServer::write_access(const std::string& rules) const {
    return write_data(home_, home_.hba().filename(), rules, Durability::synced);
}

Postmaster::Deps LocalServer::deps(const EngineVersion& version) const {
    return {deps_.keeper, version, home_, deps_.options.preload};
}

void LocalServer::adopt(const ServerFacts& facts) {
    if (!has_storage()) return;
    const Result<EngineVersion> version = installed_version();
    if (!version) return;
    std::optional<Postmaster> found = Postmaster::adopt(deps(*version));
    if (!found) return;
    postmaster_ = *std::move(found);
    if (!file_exists(home_.own_database_mark())) return postmaster_.stop(server_stop_patience);
    expected_ = true;
    listening_ = place_in(home_).value_or(place_of(facts.server));
    read_certificate(home_, facts);
    deps_.log.info("database.adopted", {{"resource", home_.resource_id}, {"pid", postmaster_.pid()}});
    announce(facts);
    follow_log(facts);
}

Result<void> LocalServer::start(const ServerFacts& facts) {
    close_doors();
    const EngineVersion version = TRY(installed_version());
    TRY(make_directory(home_.log()));
    TRY(make_directory(home_.wal()));
    if (!file_exists(home_.own_database_mark())) TRY(add_own_database(version));
    TRY(deps_.keeper.hand_over(home_));
    TRY(deps_.keeper.make_run(home_));
    const ServerFacts enough = TRY(facts_to_start_with(facts, version));
    TRY(write_configuration(home_, enough, version, Durability::synced));
    TRY(keep_certificate(home_, facts, Durability::synced));
    const std::string rules = desired_rules(facts);
    TRY(write_access(rules));
    if (!place_is_bindable(facts.server, deps_.options.endpoint_host))
        return Error{Fault::unavailable,
                     fmt::format("port {} is taken by another program", facts.server.port)};
    listening_ = place_of(facts.server);
    TRY(note_place(home_, listening_));
    announce(facts);
    Result<Postmaster> started = Postmaster::start(deps(version), port());
    if (!started) {
        stop();
        return std::move(started).error();
    }
    postmaster_ = *std::move(started);
    follow_log(facts);
    rules_ = rules;
    parameters_ = facts.parameters;
    archives_ = facts.archives;
    replication_ = replication(home_, facts);
    restart_pending_ = false;
    expected_ = true;
    return {};
}

Result<void> LocalServer::begin_upgrade(const ServerFacts& facts) {
    const EngineVersion from = TRY(installed_version());
    upgrade_.begin(from, TRY(deps_.versions.runner_of(facts.server.pending.engine_version)));
    return {};
}

// A server of an earlier version has none, and is not handed over yet. template0 is nobody's to change and no
// library is loaded, so nothing of a user's runs; nobody is connected while rights are taken away.
Result<void> LocalServer::add_own_database(const EngineVersion& version) const {
    const std::string said = TRY(
        run({.program = version.bin / "postgres",
             .arguments = {"--single", "-D", home_.data().string(), "-c", "shared_preload_libraries=", "-c",
                           "session_preload_libraries=", "-c", "local_preload_libraries=", "template0"},
             .input = upgrade_recipe()},
            single_user_patience));
    if (!is_upgraded(said)) return Error{Fault::internal, "the database rdsadmin could not be made"};
    return replace_file(home_.own_database_mark(), "");
}

// What its users may have changed in it was seen within the last second.
Observation LocalServer::observe(const ServerFacts* facts) {
    if (facts != nullptr && !std::exchange(adoption_tried_, true)) adopt(*facts);
    Observation seen;
    seen.crashed = crashed();
    seen.storage = has_storage();
    seen.process = running();
    seen.accounts = has_accounts();
    seen.upgrade = upgrade_.state();
    seen.upgrade_trouble = upgrade_.trouble();
    seen.restore = restore_.state();
    seen.restore_trouble = restore_.trouble();
    seen.snapshot = snapshot_.progress();
    seen.standby = file_exists(home_.standby_mark());
    if (facts == nullptr || !seen.process) return seen;
    announce_news(*facts);
    if (seen.accounts) {
        control_.ask_about(facts->member.reader         ? ControlSession::Members::writer
                           : facts->member.home.empty() ? ControlSession::Members::none
                                                        : ControlSession::Members::followers);
        control_.follow_password_users(groups_on_demand(facts->tags).has_value());
        const Inside& inside = control_.look(port());
        for (const Breach& breach : inside.breaches) seen.breaches.push_back(text_of(breach));
        seen.iam_role = inside.iam_role;
        seen.replication_due = inside.replication_due;
        seen.version = inside.version;
        seen.trouble = inside.trouble;
    }
    look_at_cluster(*facts, seen);
    if (facts->member.reader || !seen.standby) keep_doors(*facts);
    look_at_archive(seen);
    seen.restart_pending = restart_pending_;
    seen.certificate_due = certificate_is_due(*facts);
    seen.access_current = access_is_current(*facts);
    return seen;
}

Result<void> LocalServer::perform(Step step, const ServerFacts* facts) {
    static constexpr std::pair<Step, Result<void> (LocalServer::*)(const ServerFacts&)> by_the_records[] = {
        {Step::make_storage, &LocalServer::make_storage},
        {Step::start, &LocalServer::start},
        {Step::make_accounts, &LocalServer::make_accounts},
        {Step::apply_access, &LocalServer::apply_access},
        {Step::renew_certificate, &LocalServer::renew_certificate},
        {Step::set_password, &LocalServer::set_password},
        {Step::begin_upgrade, &LocalServer::begin_upgrade},
        {Step::begin_restore, &LocalServer::begin_restore},
        {Step::finish_restore, &LocalServer::finish_restore},
        {Step::begin_snapshot, &LocalServer::begin_snapshot},
        {Step::hand_over, &LocalServer::hand_over},
        {Step::begin_copy, &LocalServer::begin_copy},
    };
    static constexpr std::pair<Step, Result<void> (LocalServer::*)()> by_itself[] = {
        {Step::remove_storage, &LocalServer::remove_storage},
        {Step::repair_boundary, &LocalServer::repair_boundary},
        {Step::apply_replication, &LocalServer::apply_replication},
        {Step::finish_upgrade, &LocalServer::finish_upgrade},
        {Step::finish_snapshot, &LocalServer::finish_snapshot},
        {Step::promote, &LocalServer::promote},
        {Step::finish_copy, &LocalServer::finish_copy},
    };
    if (step == Step::remove_storage && facts != nullptr && facts->retained) return leave_wal();
    for (const auto& [of_step, function] : by_the_records)
        if (of_step == step) return (this->*function)(*facts);
    for (const auto& [of_step, function] : by_itself)
        if (of_step == step) return (this->*function)();
    return perform_beside(step);
}

// Steps that cannot fail, and those about records alone.
Result<void> LocalServer::perform_beside(Step step) {
    switch (step) {
        case Step::stop:
            stop();
            return {};
        case Step::record_upgrade_failed:
            upgrade_.stop();
            return {};
        case Step::order_backup:
            forget_gap();
            return {};
        case Step::record_snapshot_failed:
        case Step::drop_snapshot:
            drop_snapshot();
            return {};
        case Step::forget:
            restore_.stop();
            return {};
        case Step::rest:
        case Step::record_storage:
        case Step::record_iam_lost:
        case Step::record_version:
        case Step::record_restart_pending:
        case Step::record_shutdown:
        case Step::record_access:
        case Step::record_snapshot_progress:
        case Step::record_failover_failed:
        case Step::record_synchronous:
        case Step::record_renewal:
        case Step::forget_member:
        case Step::show_configuring:
        case Step::show_resetting:
        case Step::show_upgrading:
        case Step::show_failed:
        case Step::show_settled:
            return {};
        case Step::make_storage:
        case Step::start:
        case Step::make_accounts:
        case Step::repair_boundary:
        case Step::apply_replication:
        case Step::apply_access:
        case Step::set_password:
        case Step::renew_certificate:
        case Step::begin_restore:
        case Step::finish_restore:
        case Step::begin_snapshot:
        case Step::finish_snapshot:
        case Step::begin_upgrade:
        case Step::finish_upgrade:
        case Step::promote:
        case Step::hand_over:
        case Step::begin_copy:
        case Step::finish_copy:
        case Step::remove_storage:
            break;
    }
    return Error{Fault::internal, fmt::format("nothing is known to do for {}", name_of(step))};
}

bool LocalServer::access_is_current(const ServerFacts& facts) {
    return rules_ == desired_rules(facts) && parameters_ == facts.parameters && archives_ == facts.archives &&
           replication_ == replication(home_, facts) &&
           (followers_are_admitted(facts) || !is_followed(facts));
}

void LocalServer::stop() {
    close_doors();
    expected_ = false;
    upgrade_.stop();
    snapshot_.drop();
    restore_.stop();
    control_.close();
    if (running()) {
        postmaster_.stop(server_stop_patience);
        deps_.log.info("database.stopped", {{"resource", home_.resource_id}});
        if (const Result<void> ended = deps_.keeper.end_all(home_); !ended)
            deps_.log.error("database.remnants", {{"error", ended.error().message}});
    }
    postmaster_ = Postmaster();
    followers_admitted_.clear();
    astray_.reset();
    static_cast<void>(deps_.keeper.end_all(home_));  // what a superuser left running ends, too
    deps_.log_watch.leave(home_.resource_id);
    if (announced_) deps_.observer.server_down(announced_->key());
    announced_.reset();
}

// One that ended by itself was never stopped: the sockets that others made for it are to be made again, and
// its new logs to be read.
Result<void> LocalServer::remove_storage() {
    stop();
    Path removing = home_.root;
    removing += half_removed;
    TRY(deps_.keeper.remove_tree(removing));
    TRY(rename_durably(home_.root, removing));
    TRY(deps_.keeper.remove_tree(removing));
    return remove_tree(home_.run);
}

}  // namespace countersign::databases::local
