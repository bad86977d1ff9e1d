#include "services/accessanalyzer/facts.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "base/text.h"
#include "gateway/aws_operations.h"
#include "gateway/own_arn.h"
#include "generated/admin.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::accessanalyzer {

namespace {

constexpr int questions_max = 20;  // to databases, of one call

// Actions that are no operations. Source: Service Authorization Reference, "Actions defined by …".
struct OtherActions {
    std::string_view service;
    std::vector<std::string> actions;
};
const std::array<OtherActions, 4> other_actions{
    {{"rds-db", {"connect"}},
     {"iam",
      {"DeleteCloudFrontPublicKey", "FetchCloudFrontPublicKey", "GetCloudFrontPublicKey",
       "ListCloudFrontPublicKeys", "ListSTSRegionalEndpointsStatus", "PassRole",
       "SetSTSRegionalEndpointStatus", "UpdateCloudFrontPublicKey", "UploadCloudFrontPublicKey"}},
     {"rds", {"CrossRegionCommunication"}},
     {"sts", {"GetServiceBearerToken", "GetSessionToken", "SetContext", "SetSourceIdentity", "TagSession"}}}};

// Of cloudwatch and cloudtrail, and of services that are not offered, too little is known here.
std::vector<std::string> actions_of(std::string_view service) {
    std::vector<std::string> actions;
    if (service == "countersign") {
        actions.assign(admin::api::operation_names.begin(), admin::api::operation_names.end());
        actions.emplace_back("GetMetrics");
    }
    if (service == "iam" || service == "rds" || service == "sts")
        actions = gateway::aws_operations_of(service);
    const auto others = std::ranges::find(other_actions, service, &OtherActions::service);
    if (others != other_actions.end())
        actions.insert(actions.end(), others->actions.begin(), others->actions.end());
    return actions;
}

bool may(const gateway::Call& call, std::string_view action, std::string_view resource = "*") {
    return static_cast<bool>(call.access.authorize(call.caller, {action, resource, call.context}, call.now));
}

// What an account's records say of its databases, and the record of each by its resource id.
struct Known {
    std::vector<policy::KnownDatabase> databases;
    std::map<std::string, model::Server> servers;

    void add(const std::string& name, const std::string& region, const std::string& account,
             const model::Server& server) {
        if (server.resource_id.empty()) return;
        databases.push_back({name, server.resource_id, region, account});
        servers[server.resource_id] = server;
    }

    Result<void> add(const store::Entry& entry) {
        const model::keys::RdsKind kind = model::keys::rds_kind_of(entry.key);
        if (kind == model::keys::RdsKind::cluster) {
            const auto cluster = TRY(formats::from_record<model::DBCluster>(entry.value));
            add(cluster.id, cluster.region, cluster.account, cluster.server);
        } else if (kind == model::keys::RdsKind::instance) {
            const auto instance = TRY(formats::from_record<model::DBInstance>(entry.value));
            if (instance.server) add(instance.id, instance.region, instance.account, *instance.server);
        }
        return {};
    }
};

Result<Known> known_in(const Deps& deps, const gateway::Call& call) {
    Known known;
    const store::Page page = TRY(store::list_all(deps.store, model::keys::rds_of(call.account())));
    for (const store::Entry& entry : page.entries) TRY(known.add(entry));
    return known;
}

}  // namespace

Result<policy::CheckFacts> facts_for(const Deps& deps, const gateway::Call& call) {
    policy::CheckFacts facts;
    facts.actions = actions_of;
    if (!may(call, "rds:DescribeDBClusters") || !may(call, "rds:DescribeDBInstances")) return facts;
    const auto known = std::make_shared<Known>(TRY(known_in(deps, call)));
    facts.account = call.account();
    facts.databases = known->databases;
    if (deps.engine == nullptr) return facts;
    facts.lacks_user = [&call, known, engine = deps.engine, asked = std::make_shared<int>(0)](
                           const policy::KnownDatabase& database, const std::string& user) {
        const std::string arn = gateway::own_arn(call, database.region, "database", lower(database.name));
        if (!may(call, "countersign:ExplainLogin", arn) || ++*asked > questions_max) return false;
        return engine->membership(known->servers.at(database.resource_id), user) ==
               databases::Membership::absent;
    };
    return facts;
}

}  // namespace countersign::accessanalyzer
