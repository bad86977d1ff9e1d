#include "services/admin/database_lookup.h"

#include <fmt/format.h>

#include "databases/endpoints.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;

namespace {

AskedDatabase asked(const model::Server& record, const std::vector<model::Tag>& tags) {
    AskedDatabase database;
    database.record = record;
    database.server.resource_id = record.resource_id;
    database.server.iam_enabled = record.iam_enabled;
    for (const databases::Endpoint& endpoint : databases::endpoints_of(record))
        database.server.endpoints.push_back({endpoint.host, endpoint.port});
    for (const model::Tag& tag : tags) database.server.tags.emplace_back(tag.Key, tag.Value);
    return database;
}

}  // namespace

Result<AskedDatabase> find_database(const Deps& deps, const gateway::Call& call, const std::string& region,
                                    const std::string& identifier) {
    const std::string id = lower(identifier);
    const auto cluster =
        TRY(store::load<model::DBCluster>(deps.store, keys::cluster(call.account(), region, id)));
    const auto instance =
        TRY(store::load<model::DBInstance>(deps.store, keys::instance(call.account(), region, id)));
    AskedDatabase database;
    if (cluster)
        database = asked(cluster->record.server, cluster->record.tags);
    else if (instance && instance->record.server)
        database = asked(*instance->record.server, instance->record.tags);
    else
        return Error{Fault::not_found,
                     fmt::format("There is no database {} in {} of account {}.", id, region, call.account()),
                     "NoSuchEntity"};
    database.server.identifier = id;
    database.server.region = region;
    database.server.account = call.account();
    database.server.context = deps.connect_context;
    return database;
}

}  // namespace countersign::admin
