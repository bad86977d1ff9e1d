#include "services/rds/rename.h"

#include <fmt/format.h>

#include <algorithm>

#include "databases/event_log.h"
#include "model/event_subscription.h"
#include "model/keys.h"
#include "model/service_keys.h"
#include "services/rds/entities.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

struct Names {
    std::string before;
    std::string after;
};

template <class Record>
void rewrite(store::Transaction& change, const store::Stored<Record>& stored) {
    change.guards.push_back(stored.unchanged());
    change.writes.push_back(store::put(stored.key, stored.record));
}

// The name that is asked for, where it is another one.
Result<std::optional<std::string>> new_name(std::string_view parameter, const AskedName& asked,
                                            const std::string& current) {
    if (!asked.identifier) return std::optional<std::string>();
    std::string name = TRY(parse_identifier(parameter, *asked.identifier));
    if (name == current) return std::optional<std::string>();
    if (!asked.apply_immediately.value_or(false))
        return invalid_combination(fmt::format(
            "{} does not wait for the maintenance window here: give ApplyImmediately with it.", parameter));
    return std::optional(std::move(name));
}

Result<void> follow_subscriptions(const Deps& deps, const Call& call, std::string_view source_type,
                                  const Names& names, store::Transaction& change) {
    auto all = TRY(store::load_all<model::EventSubscription>(
        deps.store, keys::event_subscriptions(call.account(), call.region)));
    for (auto& stored : all) {
        if (stored.record.source_type != source_type) continue;
        const auto found = std::ranges::find(stored.record.sources, names.before);
        if (found == stored.record.sources.end()) continue;
        *found = names.after;
        rewrite(change, stored);
    }
    return {};
}

Result<void> follow_poolers(const Deps& deps, const Call& call, const Names& names,
                            store::Transaction& change) {
    auto all = TRY(store::load_all<model::Pooler>(deps.store, keys::poolers(call.account(), call.region)));
    for (auto& stored : all) {
        if (stored.record.database != names.before) continue;
        stored.record.database = names.after;
        rewrite(change, stored);
    }
    return {};
}

// Under both names, so that whoever looks for either hears of it.
void report_name(const Deps& deps, const Call& call, databases::EventSource source, const Names& names,
                 store::Transaction& change) {
    const char* const noun = source.kind == databases::Kind::cluster ? "cluster" : "instance";
    const std::string message = fmt::format("Renamed {} from {} to {}", noun, names.before, names.after);
    for (const std::string& name : {names.before, names.after}) {
        source.identifier = name;
        change.writes.push_back(databases::event_of(source, message, call.now, deps.random));
    }
}

Result<void> check_renamable(const model::DBCluster& cluster) {
    if (cluster.status == model::DatabaseStatus::available) return {};
    return Error{Fault::conflict,
                 fmt::format("DB Cluster {} is not currently in the available state.", cluster.id),
                 "InvalidDBClusterStateFault"};
}

// An attached server is known by its name on its host.
Result<void> check_renamable(const model::DBInstance& instance) {
    if (instance.server && instance.server->attached)
        return invalid_combination("An attached server keeps the name under which it was attached.");
    if (instance.status == model::DatabaseStatus::available) return {};
    return Error{Fault::conflict,
                 fmt::format("DB instance {} is not currently in the available state.", instance.id),
                 "InvalidDBInstanceState"};
}

template <class Record>
store::Transaction as_it_is(const store::Stored<Record>& stored) {
    return {{stored.unchanged()}, {store::put(stored.key, stored.record)}};
}

template <class Record>
store::Transaction moved(store::Stored<Record>& stored, const std::string& name, const std::string& key) {
    stored.record.id = name;
    return {{stored.unchanged(), store::absent(key)},
            {store::erase(stored.key), store::put(key, stored.record)}};
}

}  // namespace

Result<store::Transaction> written(const Deps& deps, const Call& call,
                                   store::Stored<model::DBCluster>& stored, const AskedName& asked) {
    model::DBCluster& cluster = stored.record;
    const auto name = TRY(new_name("NewDBClusterIdentifier", asked, cluster.id));
    if (!name) return as_it_is(stored);
    TRY(check_renamable(cluster));
    const std::string key = keys::cluster(call.account(), call.region, *name);
    if (TRY(deps.store.get(key)))
        return Error{Fault::exists, "DB Cluster already exists", "DBClusterAlreadyExistsFault"};
    const Names names{cluster.id, *name};
    store::Transaction change = moved(stored, *name, key);
    auto instances = TRY(all_instances(deps.store, call));
    for (auto& instance : instances) {
        if (instance.record.cluster != names.before) continue;
        instance.record.cluster = names.after;
        rewrite(change, instance);
    }
    TRY(follow_poolers(deps, call, names, change));
    TRY(follow_subscriptions(deps, call, "db-cluster", names, change));
    report_name(deps, call, databases::source_of(cluster), names, change);
    return change;
}

Result<store::Transaction> written(const Deps& deps, const Call& call,
                                   store::Stored<model::DBInstance>& stored, const AskedName& asked) {
    model::DBInstance& instance = stored.record;
    const auto name = TRY(new_name("NewDBInstanceIdentifier", asked, instance.id));
    if (!name) return as_it_is(stored);
    TRY(check_renamable(instance));
    const std::string key = keys::instance(call.account(), call.region, *name);
    if (TRY(deps.store.get(key)))
        return Error{Fault::exists, "DB instance already exists", "DBInstanceAlreadyExists"};
    const Names names{instance.id, *name};
    store::Transaction change = moved(stored, *name, key);
    // Of two databases of one name, a pooler is in front of the cluster.
    const auto cluster = TRY(deps.store.get(keys::cluster(call.account(), call.region, names.before)));
    if (instance.server && !cluster) TRY(follow_poolers(deps, call, names, change));
    TRY(follow_subscriptions(deps, call, "db-instance", names, change));
    report_name(deps, call, databases::source_of(instance), names, change);
    return change;
}

}  // namespace countersign::rds
