#include "extension/asked_database.h"

#include <fmt/format.h>

#include <algorithm>

#include "databases/endpoints.h"
#include "databases/local/accounts.h"
#include "databases/local/session.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::extension {

namespace keys = model::keys;

namespace {

// Membership as pg_hba.conf counts it: through any number of groups, and not by being a superuser.
constexpr const char* role_query = R"(
    WITH RECURSIVE held(id) AS (
        SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1
        UNION SELECT roleid FROM pg_catalog.pg_auth_members JOIN held ON member = id)
    SELECT count(*), count(*) FILTER (WHERE rolname = 'rds_iam')
    FROM held JOIN pg_catalog.pg_roles ON oid = id)";

constexpr auto answer_patience = std::chrono::seconds(2);

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

Result<AskedDatabase> find_database(const Surroundings& around, const gateway::Call& call,
                                    const std::string& region, const std::string& identifier) {
    const std::string id = lower(identifier);
    const auto cluster =
        TRY(store::load<model::DBCluster>(around.store, keys::cluster(call.account(), region, id)));
    const auto instance =
        TRY(store::load<model::DBInstance>(around.store, keys::instance(call.account(), region, id)));
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
    database.server.context = around.connect_context;
    return database;
}

Role find_role(const Surroundings& around, const AskedDatabase& database, const std::string& user) {
    const model::Server& record = database.record;
    if (record.attached || around.data_directory.empty()) return Role::unknown;
    const auto home = databases::local::home_of(around.data_directory, record.resource_id);
    auto session = databases::local::Session::open(home, record.port);
    if (!session) return Role::unknown;
    session->set_patience(answer_patience);
    const auto rows = session->query(role_query, {user});
    if (!rows || rows->size() != 1 || rows->front().size() != 2) return Role::unknown;
    if (rows->front()[0] == "0") return Role::absent;
    if (rows->front()[1] == "0") return Role::outsider;
    const auto formal = databases::local::formal_members(*session);
    if (!formal) return Role::unknown;
    return std::ranges::find(*formal, user) == formal->end() ? Role::member : Role::outsider;
}

}  // namespace countersign::extension
