#include "databases/members.h"

#include <algorithm>

#include "databases/ports.h"

namespace countersign::databases {

namespace {

using namespace std::chrono_literals;

constexpr auto missed_for = 3s;  // commits hang meanwhile

using Instance = store::Stored<model::DBInstance>;

bool stays_in(const Instance& instance) {
    return instance.record.wish == model::Wish::available;
}

bool has(const std::vector<std::string>& homes, const std::string& home) {
    return std::ranges::count(homes, home) > 0;
}

// By promotion tier, then by age.
std::vector<const model::DBInstance*> staying_readers(const RecordSet& records) {
    std::vector<const model::DBInstance*> readers;
    for (const Instance& other : records.others)
        if (stays_in(other) && model::is_reader(other.record, *records.server()))
            readers.push_back(&other.record);
    std::ranges::sort(readers, {}, [](const model::DBInstance* reader) { return succession_rank(*reader); });
    return readers;
}

bool is_staying_reader(const RecordSet& records, const std::string& home) {
    return std::ranges::any_of(staying_readers(records), [&](const model::DBInstance* reader) {
        return model::home_of(*reader, *records.server()) == home && !reader->renewing;
    });
}

// Of an instance by itself, and its read replicas.
MemberFacts replication_facts(const RecordSet& records) {
    MemberFacts facts;
    const model::Server* const server = records.server();
    if (server == nullptr || records.others.empty()) return facts;
    const model::Server& source = records.reader ? *records.others[0].record.server : *server;
    facts.reader = records.reader;
    facts.home = model::home_of(*server);
    facts.replication_password = source.membership.replication_password;
    facts.sealed_for = source.resource_id;
    if (records.reader) {
        facts.source = place_of(source);
        facts.writer = model::home_of(source);
        return facts;
    }
    for (const Instance& replica : records.others)
        if (stays_in(replica)) facts.readers.push_back(model::home_of(*replica.record.server));
    return facts;
}

// The one whose word is recorded, as long as it is; else the best that follows.
std::string waits_for(const RecordSet& records, const std::vector<std::string>& followers) {
    const model::Server& server = *records.server();
    const std::string& recorded = server.membership.synchronous;
    if (!recorded.empty()) return recorded;
    for (const model::DBInstance* reader : staying_readers(records))
        if (!reader->renewing && has(followers, model::home_of(*reader, server)))
            return model::home_of(*reader, server);
    return {};
}

// Homes of the instances that a custom endpoint leads to now.
std::vector<std::string> homes_of(const RecordSet& records, const model::ClusterEndpoint& endpoint) {
    const model::Server& server = *records.server();
    std::vector<std::string> homes;
    for (const std::vector<Instance>* instances : {&records.instances, &records.others})
        for (const Instance& instance : *instances) {
            const model::DBInstance& member = instance.record;
            const bool is_listed =
                endpoint.static_members.empty() || has(endpoint.static_members, member.resource_id);
            const bool is_of_type = endpoint.type == model::any_endpoint || model::is_reader(member, server);
            if (is_listed && is_of_type && !has(endpoint.excluded_members, member.resource_id))
                homes.push_back(model::home_of(member, server));
        }
    return homes;
}

}  // namespace

model::Server own_server(const RecordSet& records) {
    model::Server server = *records.server();
    if (!records.reader || !records.cluster) return server;
    const model::Place& place = records.instances[0].record.place;
    server.host = place.host;
    server.port = place.port;
    server.own_host = place.own_host;
    return server;
}

MemberFacts member_facts(const RecordSet& records, const std::vector<std::string>& followers) {
    if (!records.cluster) return replication_facts(records);
    MemberFacts facts;
    const model::Server& server = records.cluster->record.server;
    facts.reader = records.reader;
    facts.home =
        records.reader ? model::home_of(records.instances[0].record, server) : model::home_of(server);
    facts.cluster = facts.source = place_of(server);
    facts.replication_password = server.membership.replication_password;
    facts.sealed_for = server.resource_id;
    facts.reader_host = server.membership.reader_host;
    for (const auto& endpoint : records.endpoints)
        facts.custom.push_back({endpoint.record.host, homes_of(records, endpoint.record)});
    for (const Instance& instance : records.instances) {
        if (instance.record.wish == model::Wish::deleted && records.instances.size() > 1) continue;
        facts.instance = instance.record.id;
        facts.place = instance.record.place;
    }
    if (records.reader) {
        facts.writer = model::home_of(server);
        return facts;
    }
    for (const model::DBInstance* reader : staying_readers(records))
        facts.readers.push_back(model::home_of(*reader, server));
    facts.waits_for = waits_for(records, followers);
    facts.successor = successor_of(records);
    return facts;
}

std::vector<Endpoint> further_endpoints(const MemberFacts& member) {
    std::vector<Endpoint> endpoints;
    if (member.cluster.port == 0) return endpoints;
    endpoints.push_back({member.cluster.host, member.cluster.port});
    if (!member.reader_host.empty()) endpoints.push_back({member.reader_host, member.cluster.port});
    for (const CustomEndpoint& custom : member.custom)
        endpoints.push_back({custom.host, member.cluster.port});
    if (member.place.port != 0) endpoints.push_back({member.place.host, member.place.port});
    return endpoints;
}

std::string synchronous_now(const RecordSet& records, const Observation& seen,
                            std::optional<Deadline>& missed) {
    const std::string& recorded = records.server()->membership.synchronous;
    if (recorded.empty()) {
        missed.reset();
        return is_staying_reader(records, seen.synchronous) ? seen.synchronous : std::string();
    }
    if (!is_staying_reader(records, recorded)) return {};
    if (has(seen.followers, recorded) && seen.synchronous == recorded) {
        missed.reset();
        return recorded;
    }
    if (!missed) missed.emplace(missed_for);
    return missed->passed() ? std::string() : recorded;
}

std::string unsafe_commit(const RecordSet& records) {
    if (!records.is_of_cluster() || records.server()->membership.synchronous.empty()) return {};
    const auto set = records.parameters.find("synchronous_commit");
    if (set == records.parameters.end() || (set->second != "off" && set->second != "local")) return {};
    return set->second;
}

std::vector<HeldClaim> claims_given_up(const RecordSet& before, const RecordSet& after) {
    std::vector<HeldClaim> claims;
    if (!before.cluster) return claims;
    const model::Server& server = before.cluster->record.server;
    for (const Instance& instance : before.instances) {
        const bool is_kept = std::ranges::any_of(
            after.instances, [&](const Instance& other) { return other.key == instance.key; });
        if (!is_kept && instance.record.place.port != 0)
            claims.push_back({claim_key(instance.record.place), model::home_of(instance.record, server)});
    }
    if (!after.cluster)
        for (const auto& endpoint : before.endpoints)
            claims.push_back(
                {claim_key(model::Place{endpoint.record.host, server.port, true}), server.resource_id});
    const std::string& host = server.membership.reader_host;
    if (!after.cluster && !host.empty())
        claims.push_back({claim_key(model::Place{host, server.port, true}), server.resource_id});
    return claims;
}

}  // namespace countersign::databases
