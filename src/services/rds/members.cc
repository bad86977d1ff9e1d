#include "services/rds/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "databases/event_log.h"
#include "databases/members.h"
#include "databases/ports.h"
#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/servers.h"
#include "services/rds/validation.h"
#include "store/records.h"

namespace countersign::rds {

using gateway::Call;

namespace {

using StoredInstance = store::Stored<model::DBInstance>;

bool stays(const model::DBInstance& instance) {
    return instance.wish == model::Wish::available;
}

Error wrong_cluster_state(std::string message) {
    return Error{Fault::conflict, std::move(message), "InvalidDBClusterStateFault"};
}

Result<std::vector<StoredInstance>> stored_members(store::Store& store, const model::DBCluster& cluster) {
    std::vector<StoredInstance> members;
    for (StoredInstance& instance : TRY(store::load_all<model::DBInstance>(
             store, model::keys::instances(cluster.account, cluster.region))))
        if (instance.record.cluster == cluster.id) members.push_back(std::move(instance));
    return members;
}

// Places that are claimed in one transaction, so that none is given twice.
class Claims {
public:
    Claims(const Deps& deps, std::uint16_t port, store::Transaction& into)
        : deps_(deps), range_(deps.ports), port_(port), into_(into) {
        range_.taken = databases::TakenPort::address;
    }

    // At the cluster's port with a host of its own, where there is one free; else at another port.
    Result<model::Place> claim(const std::string& owner) {
        const databases::PortChoice choice = TRY(databases::choose_port(deps_.store, range_, port_, owner));
        range_.taken_keys.push_back(choice.claim.key);
        return take(choice);
    }

    // Empty: no host has that port free.
    Result<std::string> claim_host(const std::string& owner) {
        const databases::PortChoice choice = TRY(databases::choose_port(deps_.store, range_, port_, owner));
        if (!choice.own_host || choice.port != port_) return std::string();
        range_.taken_keys.push_back(choice.claim.key);
        return take(choice).host;
    }

private:
    model::Place take(const databases::PortChoice& choice) {
        std::ranges::copy(choice.unclaimed, std::back_inserter(into_.guards));
        into_.writes.push_back(choice.claim);
        return {choice.host, choice.port, choice.own_host};
    }

    const Deps& deps_;
    databases::PortRange range_;
    const std::uint16_t port_;
    store::Transaction& into_;
};

// What a cluster has from its first reader on.
Result<void> prepare_for_readers(const Deps& deps, Claims& claims, model::Server& server) {
    model::Membership& membership = server.membership;
    if (membership.reader_host.empty()) membership.reader_host = TRY(claims.claim_host(server.resource_id));
    if (membership.replication_password.empty())
        membership.replication_password = new_replication_password(deps, server.resource_id);
    return {};
}

// One transaction a cluster; nothing where its instances are apart already.
Result<void> separate(const Deps& deps, store::Stored<model::DBCluster> cluster) {
    model::Server& server = cluster.record.server;
    std::vector<StoredInstance> sharing;
    for (StoredInstance& member : TRY(stored_members(deps.store, cluster.record)))
        if (stays(member.record) && !model::is_reader(member.record, server))
            sharing.push_back(std::move(member));
    if (sharing.size() < 2) return {};
    std::ranges::sort(sharing, {}, [](const StoredInstance& member) {
        return std::tie(member.record.created, member.record.id);
    });
    store::Transaction separation{{cluster.unchanged()}, {}};
    Claims claims(deps, server.port, separation);
    for (std::size_t i = 0; i < sharing.size(); ++i) {
        model::DBInstance& instance = sharing[i].record;
        if (i > 0) instance.home = instance.resource_id;
        if (instance.place.port == 0) instance.place = TRY(claims.claim(model::home_of(instance, server)));
        if (i > 0) instance.status = model::DatabaseStatus::rebooting;
        separation.guards.push_back(sharing[i].unchanged());
        separation.writes.push_back(store::put(sharing[i].key, instance));
    }
    TRY(prepare_for_readers(deps, claims, server));
    separation.writes.push_back(store::put(cluster.key, cluster.record));
    TRY(deps.store.commit(separation));
    return {};
}

std::optional<std::string> best_reader(const std::vector<model::DBInstance>& members,
                                       const model::Server& server) {
    std::vector<const model::DBInstance*> readers;
    for (const model::DBInstance& member : members)
        if (stays(member) && !member.renewing && model::is_reader(member, server) &&
            member.status == model::DatabaseStatus::available)
            readers.push_back(&member);
    if (readers.empty()) return std::nullopt;
    const auto rank = [](const model::DBInstance* reader) { return databases::succession_rank(*reader); };
    return (*std::ranges::min_element(readers, {}, rank))->id;
}

Result<const model::DBInstance*> find_target(const std::vector<model::DBInstance>& members,
                                             const model::DBCluster& cluster, const std::string& id) {
    const auto found = std::ranges::find(members, id, &model::DBInstance::id);
    if (found == members.end())
        return Error{Fault::conflict,
                     fmt::format("DB instance {} is not a member of the DB cluster {}.", id, cluster.id),
                     "InvalidDBInstanceState"};
    if (!model::is_reader(*found, cluster.server))
        return Error{Fault::conflict, fmt::format("DB instance {} is the writer already.", id),
                     "InvalidDBInstanceState"};
    if (!stays(*found) || found->renewing || found->status != model::DatabaseStatus::available)
        return Error{Fault::conflict,
                     fmt::format("DB instance {} is not currently in the available state.", id),
                     "InvalidDBInstanceState"};
    return &*found;
}

}  // namespace

Result<MemberJoin> join_cluster(const Deps& deps, const model::DBCluster& cluster,
                                model::DBInstance& instance) {
    MemberJoin joining{cluster, {}};
    const model::Server& server = joining.cluster.server;
    const std::vector<StoredInstance> members = TRY(stored_members(deps.store, cluster));
    const bool has_writer =
        std::ranges::any_of(members, [](const StoredInstance& member) { return stays(member.record); });
    instance.home = has_writer ? instance.resource_id : server.membership.home;
    if (!has_writer) return joining;
    Claims claims(deps, server.port, joining.others);
    instance.place = TRY(claims.claim(instance.home));
    for (StoredInstance member : members) {
        if (!stays(member.record)) continue;
        joining.others.guards.push_back(member.unchanged());
        if (member.record.place.port != 0) continue;
        member.record.place = TRY(claims.claim(model::home_of(member.record, server)));
        joining.others.writes.push_back(store::put(member.key, member.record));
    }
    TRY(prepare_for_readers(deps, claims, joining.cluster.server));
    return joining;
}

Result<std::string> claim_endpoint_host(const Deps& deps, const model::Server& server,
                                        store::Transaction& claims) {
    std::string host = TRY(Claims(deps, server.port, claims).claim_host(server.resource_id));
    if (!host.empty()) return host;
    return wrong_cluster_state(fmt::format(
        "This server has no further address with the port {}; see serve --database-hosts.", server.port));
}

Result<void> separate_members(const Deps& deps) {
    Result<void> all;
    for (const store::Entry& entry : TRY(store::list_all(deps.store, model::keys::rds())).entries) {
        if (model::keys::rds_kind_of(entry.key) != model::keys::RdsKind::cluster) continue;
        const auto cluster = TRY(store::load<model::DBCluster>(deps.store, entry.key));
        const Result<void> done = cluster ? separate(deps, *cluster) : Result<void>();
        if (!done) all = done;
    }
    return all;
}

std::vector<std::string> failed_over_cluster(const Call& call, const api::FailoverDBClusterMessage& input) {
    std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
    if (input.TargetDBInstanceIdentifier)
        for (std::string& arn : resource_of(call, instance_kind, input.TargetDBInstanceIdentifier))
            arns.push_back(std::move(arn));
    return arns;
}

// The databases see to it: a failover that is recorded happens, or is said to have failed.
Result<api::FailoverDBClusterResult> failover_cluster(const Deps& deps, const Call& call,
                                                      const api::FailoverDBClusterMessage& input) {
    return store::retry_races([&]() -> Result<api::FailoverDBClusterResult> {
        auto stored = TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
        model::DBCluster& cluster = stored.record;
        if (cluster.wish == model::Wish::deleted || cluster.status != model::DatabaseStatus::available)
            return wrong_cluster_state(
                fmt::format("DB Cluster {} is not currently in the available state.", cluster.id));
        const std::vector<model::DBInstance> members = TRY(members_of(deps.store, cluster));
        const std::optional<std::string> best = best_reader(members, cluster.server);
        if (!best && !input.TargetDBInstanceIdentifier)
            return wrong_cluster_state(
                fmt::format("DB Cluster {} has no reader that could become the writer.", cluster.id));
        const std::string target = input.TargetDBInstanceIdentifier
                                       ? name_of(call, instance_kind, *input.TargetDBInstanceIdentifier)
                                       : *best;
        const model::DBInstance* const successor = TRY(find_target(members, cluster, target));
        cluster.server.membership.successor = model::home_of(*successor, cluster.server);
        cluster.status = model::DatabaseStatus::failing_over;
        const store::Write event = databases::event_of(
            databases::source_of(cluster), "Started same AZ failover to DB instance: " + successor->id,
            call.now, deps.random);
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, cluster), event}}));
        api::FailoverDBClusterResult answer;
        answer.DBCluster = TRY(describe(deps.store, call, cluster));
        return answer;
    });
}

}  // namespace countersign::rds
