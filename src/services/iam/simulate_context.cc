#include "services/iam/simulate_context.h"

#include "base/text.h"
#include "formats/iso_time.h"
#include "login/connect_context.h"
#include "model/arn.h"
#include "model/keys.h"
#include "model/rds.h"
#include "store/records.h"

namespace countersign::iam {

namespace {

constexpr std::string_view user_kind = "dbuser:";

using Tags = std::vector<model::Tag>;

// The tags of the server that has this resource id: its cluster's, or those of an instance of its own.
Result<Tags> tags_of(store::Store& store, const model::Arn& arn, const std::string& resource_id) {
    const auto clusters =
        TRY(store::load_all<model::DBCluster>(store, model::keys::clusters(arn.account, arn.region)));
    for (const auto& cluster : clusters)
        if (cluster.record.server.resource_id == resource_id) return cluster.record.tags;
    const auto instances =
        TRY(store::load_all<model::DBInstance>(store, model::keys::instances(arn.account, arn.region)));
    for (const auto& instance : instances)
        if (instance.record.server && instance.record.server->resource_id == resource_id)
            return instance.record.tags;
    return Tags();
}

// The server that a dbuser ARN speaks of; nothing for any other ARN.
Result<std::optional<login::Server>> server_in(store::Store& store, const std::string& resource) {
    using Found = std::optional<login::Server>;
    const auto arn = model::parse_arn(resource);
    if (!arn || arn->service != "rds-db" || !arn->resource.starts_with(user_kind)) return Found();
    login::Server server;
    server.resource_id = arn->resource.substr(user_kind.size(), arn->resource.find('/') - user_kind.size());
    server.region = arn->region;
    server.account = arn->account;
    for (const model::Tag& tag : TRY(tags_of(store, *arn, server.resource_id)))
        server.tags.emplace_back(tag.Key, tag.Value);
    return Found(std::move(server));
}

}  // namespace

Result<policy::Context> simulated_context(store::Store& store, const access::Principal& principal,
                                          const policy::Request& request, Instant now) {
    if (lower(request.action) == "rds-db:connect") {
        const auto server = TRY(server_in(store, request.resource));
        if (server) return login::connect_context(principal.context, *server, now);
    }
    policy::Context context = principal.context;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    context["aws:currenttime"] = {formats::second_time(now)};
    context["aws:epochtime"] = {std::to_string(seconds.time_since_epoch().count())};
    return context;
}

}  // namespace countersign::iam
