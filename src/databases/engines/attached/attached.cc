#include "databases/engines/attached/attached.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "databases/directories.h"
#include "databases/endpoints.h"
#include "formats/record.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::databases {

namespace {

using namespace std::chrono_literals;
using model::keys::rds_kind_of;
using model::keys::RdsKind;

constexpr auto watch_patience = 200ms;              // of one wait, so that an end is seen
constexpr auto attached_store_retry = 200ms;        // when it does not answer
constexpr std::string_view superuser = "rdsadmin";  // of servers that Countersign runs

// What poolers may stand in front of.
struct Databases {
    std::unordered_map<std::string_view, const std::string*> records;         // by key
    std::unordered_map<std::string, std::vector<model::DBInstance>> members;  // by the key of their cluster
};

void put_way(ServerView& view, const model::Attached& way) {
    view.data_directory = way.data_directory;
    view.owner = way.owner;
    view.agent_socket = way.agent_socket;
    view.socket_directory = way.socket_directory;
    view.socket_port = way.port;
}

ServerView view_of(const model::DBInstance& instance) {
    const model::Server& server = *instance.server;
    ServerView view;
    view.resource_id = server.resource_id;
    view.account = instance.account;
    view.region = instance.region;
    view.kind = Kind::instance;
    view.identifier = instance.id;
    view.endpoints = endpoints_of(server);
    view.iam_enabled = server.iam_enabled;
    view.tags = instance.tags;
    view.master_username = server.master_username;
    put_way(view, *server.attached);
    return view;
}

// The record of a cluster or an instance, if it is no longer wished away.
template <class Record>
std::optional<Record> living(const std::string* record) {
    if (record == nullptr) return std::nullopt;
    auto read = formats::from_record<Record>(*record);
    if (!read || read->wish == model::Wish::deleted) return std::nullopt;
    return *std::move(read);
}

// The server that has the pooler's database today.
std::optional<model::Server> server_behind(const model::Pooler& pooler, const Databases& databases) {
    const auto at = [&](const std::string& key) -> const std::string* {
        const auto found = databases.records.find(key);
        return found == databases.records.end() ? nullptr : found->second;
    };
    const auto [cluster_key, instance_key] = keys_behind(pooler);
    if (const auto cluster = living<model::DBCluster>(at(cluster_key))) return cluster->server;
    const auto instance = living<model::DBInstance>(at(instance_key));
    return instance ? instance->server : std::nullopt;
}

// Where the servers of a database of ours may have their sockets, the most trusted ones first: the writer's,
// the reader's that has every acknowledged commit, the others'. An instance that took over, or gave way,
// listens at the port of before until it is started again.
std::vector<ServerSocket> own_sockets(const std::filesystem::path& dir, const model::Server& server,
                                      std::vector<model::DBInstance> members) {
    const auto rank = [&](const model::DBInstance& member) {
        const std::string& home = model::home_of(member, server);
        return home == model::home_of(server) ? 0 : home == server.membership.synchronous ? 1 : 2;
    };
    std::ranges::stable_sort(members, {}, rank);
    std::vector<ServerSocket> sockets = {{server_sockets(dir, model::home_of(server)), server.port}};
    for (const model::DBInstance& member : members) {
        if (member.renewing) continue;
        for (const std::uint16_t port : {member.place.port, server.port}) {
            const ServerSocket socket{server_sockets(dir, model::home_of(member, server)), port};
            if (port != 0 && std::ranges::count(sockets, socket) == 0) sockets.push_back(socket);
        }
    }
    return sockets;
}

// How its members are asked about: never where another server has taken the place of the one it was made for.
void put_behind(ServerView& view, const model::Server& server,
                const std::vector<model::DBInstance>& members) {
    view.fronts_ours = !server.attached;
    view.master_username = server.attached ? server.master_username : std::string(superuser);
    if (server.attached) {
        view.socket_directory = server.attached->socket_directory;
        view.socket_port = server.attached->port;
        return;
    }
    // It was registered with the sockets of one of these servers, which are all in DIR/run.
    const std::filesystem::path dir = view.socket_directory.parent_path().parent_path();
    view.further_sockets = own_sockets(dir, server, members);
    view.socket_directory = view.further_sockets.front().directory;
    view.socket_port = view.further_sockets.front().port;
    view.further_sockets.erase(view.further_sockets.begin());
}

ServerView view_of(const model::Pooler& pooler, const Databases& databases) {
    ServerView view;
    view.resource_id = pooler.resource_id;
    view.account = pooler.account;
    view.region = pooler.region;
    view.kind = Kind::pooler;
    view.identifier = pooler.id;
    view.endpoints = {{pooler.host, pooler.port}};
    view.iam_enabled = true;
    view.tags = pooler.tags;
    put_way(view, pooler.way);
    const auto members = databases.members.find(keys_behind(pooler).first);
    if (const auto server = server_behind(pooler, databases))
        put_behind(view, *server,
                   members == databases.members.end() ? std::vector<model::DBInstance>() : members->second);
    else
        view.socket_directory.clear();
    return view;
}

bool is_told_of(const store::Event& event) {
    const RdsKind kind = rds_kind_of(event.key);
    return kind == RdsKind::instance || kind == RdsKind::cluster || kind == RdsKind::pooler;
}

void add_instance(const store::Entry& entry, const std::string& agent, std::vector<ServerView>& views) {
    const auto instance = formats::from_record<model::DBInstance>(entry.value);
    if (!instance || instance->wish == model::Wish::deleted) return;
    if (!instance->server || !instance->server->attached) return;
    if (instance->server->attached->agent == agent) views.push_back(view_of(*instance));
}

Databases databases_in(const store::Page& records) {
    Databases databases;
    for (const store::Entry& entry : records.entries) {
        databases.records.emplace(entry.key, &entry.value);
        if (rds_kind_of(entry.key) != RdsKind::instance) continue;
        auto member = living<model::DBInstance>(&entry.value);
        if (!member || member->cluster.empty()) continue;
        const std::string cluster = model::keys::cluster(member->account, member->region, member->cluster);
        databases.members[cluster].push_back(*std::move(member));
    }
    return databases;
}

void add_poolers(const store::Page& records, const std::string& agent, std::vector<ServerView>& views) {
    Databases databases;
    for (const store::Entry& entry : records.entries) {
        if (rds_kind_of(entry.key) != RdsKind::pooler) continue;
        const auto pooler = formats::from_record<model::Pooler>(entry.value);
        if (!pooler || pooler->way.agent != agent) continue;
        if (databases.records.empty()) databases = databases_in(records);
        views.push_back(view_of(*pooler, databases));
    }
}

}  // namespace

std::pair<std::string, std::string> keys_behind(const model::Pooler& pooler) {
    return {model::keys::cluster(pooler.account, pooler.region, pooler.database),
            model::keys::instance(pooler.account, pooler.region, pooler.database)};
}

std::vector<ServerView> attached_views(const store::Page& records, const std::string& agent) {
    std::vector<ServerView> views;
    for (const store::Entry& entry : records.entries) {
        if (rds_kind_of(entry.key) == RdsKind::instance) add_instance(entry, agent, views);
    }
    add_poolers(records, agent, views);
    return views;
}

Result<std::vector<ServerView>> attached_views(store::Store& store, const std::string& agent) {
    const store::Page records = TRY(store::list_all(store, model::keys::rds()));
    return attached_views(records, agent);
}

Result<void> renew_pooler_sockets(store::Store& store, const std::filesystem::path& dir) {
    const store::Page records = TRY(store::list_all(store, model::keys::rds()));
    for (const store::Entry& entry : records.entries) {
        if (rds_kind_of(entry.key) != RdsKind::pooler) continue;
        const auto pooler = formats::from_record<model::Pooler>(entry.value);
        if (!pooler || pooler->way.socket_directory != (dir / "run").string()) continue;
        const auto claim = TRY(store::load<model::PortClaim>(store, model::keys::port(pooler->way.port)));
        if (!claim) continue;
        model::Pooler renewed = *pooler;
        renewed.way.socket_directory = server_sockets(dir, claim->record.resource_id);
        TRY(store.commit({{{entry.key, entry.modified}}, {store::put(entry.key, renewed)}}));
    }
    return {};
}

Result<void> AttachedWatch::start() {
    TRY(look(nullptr));
    thread_ = Thread(
        "attached-watch", log_, [this] { follow(); }, [this] { return ending_.load(); });
    return {};
}

void AttachedWatch::stop() {
    ending_ = true;
    thread_.join();
}

// The watch goes on when all that there is has been told of.
Result<void> AttachedWatch::look(std::unique_ptr<store::Watch> watch) {
    const store::Page records = TRY(store::list_all(store_, model::keys::rds()));
    if (!watch) watch = store_.watch(model::keys::rds(), records.revision);
    std::map<std::string, ServerView> now;
    for (ServerView& view : attached_views(records, agent_)) now.emplace(view.resource_id, std::move(view));
    for (const auto& [id, view] : told_)
        if (!now.contains(id)) observer_.server_down(id);
    for (const auto& [id, view] : now) {
        const auto before = told_.find(id);
        if (before == told_.end() || before->second != view) observer_.server_up(view);
    }
    told_ = std::move(now);
    watch_ = std::move(watch);
    return {};
}

void AttachedWatch::follow() {
    while (!ending_) wait_for_news();
}

// News that an error or a throw leaves untold are looked for anew.
void AttachedWatch::wait_for_news() {
    std::unique_ptr<store::Watch> watch = std::move(watch_);
    if (!watch) {
        std::this_thread::sleep_for(attached_store_retry);
    } else if (const auto news = watch->next(watch_patience); !news) {
        watch.reset();
    } else if (std::ranges::none_of(*news, is_told_of)) {
        watch_ = std::move(watch);
        return;
    }
    if (const Result<void> looked = look(std::move(watch)); !looked)
        log_.warn("attached.store_unavailable", {{"error", looked.error().message}});
}

}  // namespace countersign::databases
