#include "services/admin/own_access.h"

#include <set>

#include "login/connect_context.h"
#include "model/arn.h"
#include "model/keys.h"
#include "policy/explain.h"
#include "services/admin/arns.h"
#include "services/admin/database_lookup.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::string_view connect_action = "rds-db:connect";
constexpr std::size_t rows_max = 1000;

// Database users as the statements that allow connecting write them: behind the resource's last slash.
std::set<std::string> users_named(const Call& call) {
    const access::Principal& caller = call.caller.principal();
    const policy::Request request{caller.arn, caller.account, std::string(connect_action), "*",
                                  "",         caller.context};
    std::set<std::string> users;
    for (const policy::KindTrail& kind : policy::explain(caller.policies, request).kinds)
        for (const policy::PolicyTrail& one : kind.policies)
            for (const policy::StatementTrail& statement : one.statements) {
                if (!statement.allows || statement.outcome == policy::Outcome::action_differs) continue;
                for (const std::string& resource : statement.resources)
                    users.insert(resource.substr(resource.rfind('/') + 1));
            }
    return users;
}

// With the variable that such policies use; nothing where another one is left.
std::optional<std::string> resolved(std::string user, const access::Principal& caller) {
    constexpr std::string_view variable = "${aws:username}";
    const std::size_t at = user.find(variable);
    if (at != std::string::npos) user.replace(at, variable.size(), caller.user_name);
    if (user.empty() || user.find("${") != std::string::npos) return std::nullopt;
    return user;
}

Result<std::vector<std::string>> identifiers(store::Store& store, const std::string& account,
                                             const std::string& region) {
    std::vector<std::string> all;
    const auto clusters = TRY(store::load_all<model::DBCluster>(store, keys::clusters(account, region)));
    for (const auto& cluster : clusters) all.push_back(cluster.record.id);
    const auto instances = TRY(store::load_all<model::DBInstance>(store, keys::instances(account, region)));
    for (const auto& instance : instances)
        if (instance.record.server) all.push_back(instance.record.id);
    return all;
}

}  // namespace

Result<api::ListOwnAccessResponse> list_own_access(const Deps& deps, const Call& call,
                                                   const api::ListOwnAccessRequest& input) {
    const access::Principal& caller = call.caller.principal();
    const std::string region = region_of(call, input.Region);
    std::vector<std::string> users;
    for (const std::string& written : users_named(call))
        if (auto user = resolved(written, caller)) users.push_back(*std::move(user));
    api::ListOwnAccessResponse answer;
    if (users.empty()) return answer;
    const auto databases = TRY(identifiers(deps.store, call.account(), region));
    for (const std::string& identifier : databases) {
        const AskedDatabase database = TRY(find_database(deps, call, region, identifier));
        const policy::Context context = login::connect_context(caller.context, database.server, call.now);
        for (const std::string& user : users) {
            const std::string resource =
                model::dbuser_arn(region, call.account(), database.server.resource_id, user);
            const bool allowed =
                call.access.decide(call.caller, {connect_action, resource, context}, call.now).effect() ==
                policy::Effect::allowed;
            if (!allowed) continue;
            if (answer.Access.size() >= rows_max) return answer;
            api::OwnAccess& row = answer.Access.emplace_back();
            row.DBIdentifier = identifier;
            row.DBUser = user;
        }
    }
    return answer;
}

}  // namespace countersign::admin
