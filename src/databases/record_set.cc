#include "databases/record_set.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "databases/backups.h"
#include "model/keys.h"
#include "model/server_parameters.h"

namespace countersign::databases {

using model::DatabaseStatus;

namespace {

const std::string nothing;
const std::vector<model::Tag> no_tags;

template <class T>
void add_changes(const std::vector<store::Stored<T>>& before, const std::vector<store::Stored<T>>& after,
                 store::Transaction& transaction) {
    for (const store::Stored<T>& old : before) {
        const auto kept = std::find_if(after.begin(), after.end(), [&old](const store::Stored<T>& fresh) {
            return fresh.key == old.key;
        });
        if (kept == after.end()) {
            transaction.guards.push_back(old.unchanged());
            transaction.writes.push_back(store::erase(old.key));
            continue;
        }
        store::Write write = store::put(kept->key, kept->record);
        if (write.value == formats::to_record(old.record)) continue;
        transaction.guards.push_back(old.unchanged());
        transaction.writes.push_back(std::move(write));
    }
}

template <class T>
std::vector<store::Stored<T>> as_list(const std::optional<store::Stored<T>>& stored) {
    return stored ? std::vector{*stored} : std::vector<store::Stored<T>>();
}

Result<void> add_parameters(store::Store& store, const std::string& key, RecordSet& records) {
    const auto group = TRY(store::load<model::ParameterGroup>(store, key));
    if (!group) return {};
    for (const model::SetParameter& one : group->record.parameters) records.parameters[one.name] = one.value;
    return {};
}

std::vector<model::DBInstance> plain(const std::vector<store::Stored<model::DBInstance>>& stored) {
    std::vector<model::DBInstance> instances;
    instances.reserve(stored.size());
    for (const store::Stored<model::DBInstance>& one : stored) instances.push_back(one.record);
    return instances;
}

// What the instance's own group sets goes before what the cluster's sets.
Result<std::map<std::string, std::string>> parameters_of(store::Store& store, const RecordSet& records,
                                                         const model::DBInstance* instance) {
    RecordSet sets;
    if (records.cluster && !records.cluster->record.parameter_group.empty()) {
        const model::DBCluster& cluster = records.cluster->record;
        TRY(add_parameters(
            store,
            model::keys::cluster_parameter_group(cluster.account, cluster.region, cluster.parameter_group),
            sets));
    }
    if (instance != nullptr && !instance->parameter_group.empty())
        TRY(add_parameters(
            store,
            model::keys::parameter_group(instance->account, instance->region, instance->parameter_group),
            sets));
    const model::Server& server = *records.server();
    return model::parameters_in_force(model::family_of(server.engine, server.engine_version),
                                      instance == nullptr ? "" : instance->instance_class, sets.parameters);
}

// What a standby may not have less of than its writer. Source: PostgreSQL documentation, "Hot Standby",
// administrator's overview.
constexpr std::array as_its_writer = {"max_connections", "max_worker_processes", "max_wal_senders",
                                      "max_prepared_transactions", "max_locks_per_transaction"};

Result<void> read_parameters(store::Store& store, RecordSet& records) {
    const model::Server* const server = records.server();
    if (server == nullptr) return {};
    const std::vector<model::DBInstance> instances = plain(records.instances);
    if (!records.reader) {
        records.parameters = TRY(parameters_of(store, records, model::writer_of(instances, *server)));
        return {};
    }
    records.parameters = TRY(parameters_of(store, records, &instances[0]));
    const std::vector<model::DBInstance> others = plain(records.others);
    const model::DBInstance* const writer =
        records.cluster ? model::writer_of(others, *server) : &others.front();
    const auto of_writer = TRY(parameters_of(store, records, writer));
    for (const char* name : as_its_writer) {
        const auto set = of_writer.find(name);
        records.parameters.erase(name);
        if (set != of_writer.end()) records.parameters.insert(*set);
    }
    return {};
}

Result<std::vector<std::string>> subnets_of(store::Store& store, const RecordSet& records,
                                            const std::string& group) {
    if (group.empty()) return std::vector<std::string>();
    const auto found = TRY(store::load<model::DBSubnetGroup>(
        store, model::keys::subnet_group(records.account(), records.region(), group)));
    return found ? found->record.subnets : std::vector<std::string>();
}

// By the rules of its security groups.
Result<void> read_admission(store::Store& store, RecordSet& records) {
    const model::Server* const server = records.server();
    if (server == nullptr) return {};
    network::Attachment database;
    const auto take = [&](const auto& record) {
        database.groups = record.security_groups;
        database.created = record.created;
        return record.subnet_group;
    };
    const std::string group =
        records.cluster ? take(records.cluster->record) : take(records.instances[0].record);
    database.subnets = TRY(subnets_of(store, records, group));
    database.port = server->port;
    records.admission = TRY(network::admission_of(store, {records.account(), records.region()}, database));
    return {};
}

Result<void> read_snapshots(store::Store& store, const ServerKeys& keys, RecordSet& records) {
    for (const std::string& key : keys.snapshots) {
        std::optional<store::Stored<model::Snapshot>> snapshot =
            TRY(store::load<model::Snapshot>(store, key));
        if (snapshot && snapshot->record.status == model::SnapshotStatus::creating &&
            snapshot->record.server.resource_id == keys.resource_id)
            records.snapshots.push_back(*std::move(snapshot));
    }
    std::ranges::sort(records.snapshots, {}, [](const store::Stored<model::Snapshot>& snapshot) {
        return std::tie(snapshot.record.created, snapshot.key);
    });
    return {};
}

// Where it was never backed up, there is nothing to keep; what cannot be read may be a backup of it.
Result<void> read_retains(store::Store& store, RecordSet& records) {
    if (records.reader || !records.deleted() || !outlives_deletion(records.kept())) return {};
    const std::string place = records.cluster
                                  ? model::keys::cluster_snapshots(records.account(), records.region())
                                  : model::keys::snapshots(records.account(), records.region());
    const std::string& resource = records.server()->resource_id;
    const store::Page page = TRY(store::list_all(store, place));
    records.retains = std::ranges::any_of(page.entries, [&](const store::Entry& entry) {
        const Result<model::Snapshot> snapshot = formats::from_record<model::Snapshot>(entry.value);
        return !snapshot || (snapshot->type == model::SnapshotType::automated &&
                             snapshot->status == model::SnapshotStatus::available &&
                             snapshot->server.resource_id == resource);
    });
    return {};
}

Result<void> read_endpoints(store::Store& store, RecordSet& records) {
    if (!records.cluster) return {};
    for (auto& endpoint : TRY(store::load_all<model::ClusterEndpoint>(
             store, model::keys::cluster_endpoints(records.account(), records.region()))))
        if (endpoint.record.cluster == records.cluster->record.server.resource_id)
            records.endpoints.push_back(std::move(endpoint));
    return {};
}

}  // namespace

const model::Server* RecordSet::server() const {
    if (cluster) return &cluster->record.server;
    if (instances.size() == 1 && instances[0].record.server) return &*instances[0].record.server;
    return nullptr;
}

model::Server* RecordSet::server() {
    return const_cast<model::Server*>(static_cast<const RecordSet*>(this)->server());
}

const std::string& RecordSet::account() const {
    if (cluster) return cluster->record.account;
    return instances.empty() ? nothing : instances[0].record.account;
}

const std::vector<model::Tag>& RecordSet::tags() const {
    if (cluster) return cluster->record.tags;
    return instances.empty() ? no_tags : instances[0].record.tags;
}

const std::string& RecordSet::region() const {
    if (cluster) return cluster->record.region;
    return instances.empty() ? nothing : instances[0].record.region;
}

const std::string& RecordSet::identifier() const {
    if (cluster) return cluster->record.id;
    return instances.empty() ? nothing : instances[0].record.id;
}

std::optional<model::DatabaseStatus> RecordSet::status() const {
    if (is_of_cluster()) return cluster->record.status;
    return instances.empty() ? std::nullopt : std::optional(instances[0].record.status);
}

void RecordSet::set_status(model::DatabaseStatus status) {
    if (is_of_cluster())
        cluster->record.status = status;
    else if (!instances.empty())
        instances[0].record.status = status;
}

const std::string& RecordSet::maintenance_window() const {
    if (cluster) return cluster->record.maintenance_window;
    return instances.empty() ? nothing : instances[0].record.maintenance_window;
}

const std::string& RecordSet::backup_window() const {
    if (cluster) return cluster->record.backup_window;
    return instances.empty() ? nothing : instances[0].record.backup_window;
}

const model::PassthroughAttributes& RecordSet::kept() const {
    static const model::PassthroughAttributes none;
    if (cluster) return cluster->record.kept;
    return instances.empty() ? none : instances[0].record.kept;
}

Instant RecordSet::created() const {
    if (cluster) return cluster->record.created;
    return instances.empty() ? Instant() : instances[0].record.created;
}

bool RecordSet::deleted() const {
    if (cluster && cluster->record.wish == model::Wish::deleted) return true;
    if (is_of_cluster()) return false;
    return !instances.empty() && instances[0].record.wish == model::Wish::deleted;
}

bool RecordSet::stopped() const {
    if (cluster) return cluster->record.halt == model::Halt::stopped;
    return !instances.empty() && instances[0].record.halt == model::Halt::stopped;
}

void RecordSet::keep() {
    set_status(stopped() ? DatabaseStatus::stopped : DatabaseStatus::available);
    const auto keep_one = [](auto& record) {
        record.wish = model::Wish::available;
        record.kept.erase(delete_backups);
    };
    cluster ? keep_one(cluster->record) : keep_one(instances[0].record);
}

namespace {

void sort_in(const ServerKeys& keys, store::Stored<model::DBInstance> instance, RecordSet& records) {
    const std::optional<model::Server>& own = instance.record.server;
    if (!records.cluster) {
        if (own && own->resource_id == keys.resource_id)
            records.instances.push_back(std::move(instance));
        else if (own && (keys.reader || own->source == keys.resource_id))
            records.others.push_back(std::move(instance));
        return;
    }
    if (own || instance.record.cluster != records.cluster->record.id) return;
    const bool is_its_own = model::home_of(instance.record, records.cluster->record.server) == keys.name();
    (is_its_own ? records.instances : records.others).push_back(std::move(instance));
}

}  // namespace

// An instance of its own that follows another one is there with that one.
bool is_replication_whole(const ServerKeys& keys, const RecordSet& records) {
    if (records.cluster || records.instances.empty()) return true;
    const model::DBInstance& instance = records.instances[0].record;
    if (keys.reader != model::is_replica(instance)) return false;
    return !keys.reader || (records.others.size() == 1 &&
                            records.others[0].record.server->resource_id == instance.server->source);
}

Result<RecordSet> read_records(store::Store& store, const ServerKeys& keys) {
    RecordSet records;
    if (!keys.cluster.empty()) {
        records.cluster = TRY(store::load<model::DBCluster>(store, keys.cluster));
        if (!records.cluster) return RecordSet();
        const model::Server& server = records.cluster->record.server;
        records.reader = keys.name() != model::home_of(server);
        if (server.resource_id != keys.resource_id || records.reader != keys.reader) return RecordSet();
    }
    std::vector<std::string> instances = keys.members;
    if (!records.cluster) {
        instances.insert(instances.begin(), keys.instances.begin(), keys.instances.end());
        records.reader = keys.reader;
    }
    for (const std::string& key : instances) {
        std::optional<store::Stored<model::DBInstance>> instance =
            TRY(store::load<model::DBInstance>(store, key));
        if (instance) sort_in(keys, *std::move(instance), records);
    }
    if (records.reader && records.instances.empty()) return RecordSet();
    if (!is_replication_whole(keys, records)) return RecordSet();
    TRY(read_endpoints(store, records));
    TRY(read_snapshots(store, keys, records));
    if (records.server() != nullptr) TRY(read_retains(store, records));
    TRY(read_parameters(store, records));
    TRY(read_admission(store, records));
    return records;
}

Result<void> write_records(store::Store& store, const RecordSet& before, const RecordSet& after,
                           std::vector<store::Write> others) {
    store::Transaction transaction;
    add_changes(as_list(before.cluster), as_list(after.cluster), transaction);
    add_changes(before.instances, after.instances, transaction);
    add_changes(before.others, after.others, transaction);
    add_changes(before.endpoints, after.endpoints, transaction);
    add_changes(before.snapshots, after.snapshots, transaction);
    if (transaction.writes.empty() && others.empty()) return {};
    for (store::Write& write : others) transaction.writes.push_back(std::move(write));
    TRY(store.commit(transaction));
    return {};
}

}  // namespace countersign::databases
