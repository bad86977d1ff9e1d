#include "extension/explain_login.h"

#include <fmt/format.h>

#include "login/connect_context.h"
#include "model/arn.h"
#include "model/keys.h"
#include "model/rds.h"
#include "policy/explanation_json.h"
#include "policy/why.h"
#include "store/records.h"

namespace countersign::extension {

namespace keys = model::keys;
using gateway::Call;

namespace {

login::Server server_of(const model::Server& server, const std::vector<model::Tag>& tags) {
    login::Server asked;
    asked.resource_id = server.resource_id;
    asked.iam_enabled = server.iam_enabled;
    for (const model::Tag& tag : tags) asked.tags.emplace_back(tag.Key, tag.Value);
    return asked;
}

// The server behind the cluster with that identifier, else behind the instance.
Result<login::Server> find_server(const Surroundings& around, const Call& call,
                                  const api::ExplainLoginRequest& input) {
    const std::string& id = *input.DBIdentifier;
    const std::string region = input.Region.value_or(call.region);
    const auto cluster =
        TRY(store::load<model::DBCluster>(around.store, keys::cluster(call.account(), region, id)));
    const auto instance =
        TRY(store::load<model::DBInstance>(around.store, keys::instance(call.account(), region, id)));
    login::Server server;
    if (cluster)
        server = server_of(cluster->record.server, cluster->record.tags);
    else if (instance && instance->record.server)
        server = server_of(*instance->record.server, instance->record.tags);
    else
        return Error{Fault::not_found,
                     fmt::format("There is no database {} in {} of account {}.", id, region, call.account()),
                     "NoSuchEntity"};
    server.region = region;
    server.account = call.account();
    server.context = around.connect_context;
    return server;
}

Result<access::PrincipalPointer> find_principal(const Call& call, const std::string& arn) {
    auto principal = TRY(call.access.principals().named(arn));
    if (principal == nullptr || principal->type == access::PrincipalType::group)
        return Error{Fault::not_found, fmt::format("There is no user, role or root user {}.", arn),
                     "NoSuchEntity"};
    return principal;
}

policy::Request request_of(const access::Principal& principal, const login::Server& server,
                           const api::ExplainLoginRequest& input, Instant at) {
    policy::Request request;
    request.principal_arn = principal.arn;
    request.account = principal.account;
    request.action = "rds-db:connect";
    request.resource = model::dbuser_arn(server.region, server.account, server.resource_id, *input.DBUser);
    request.resource_account = server.account;
    request.context = login::connect_context(access::principal_context(principal, at), server, at);
    login::add_network(request.context, server, input.SourceIp.value_or(""));
    return request;
}

void add_check(api::ExplainLoginResponse& answer, login::Check check, bool passed, std::string detail) {
    api::Check& last = answer.Checks.emplace_back();
    last.Name = std::string(login::name_of(check));
    last.Passed = passed;
    last.Detail = std::move(detail);
}

}  // namespace

Result<api::ExplainLoginResponse> explain_login(const Surroundings& around, const Call& call,
                                                const api::ExplainLoginRequest& input) {
    const login::Server server = TRY(find_server(around, call, input));
    const access::PrincipalPointer principal = TRY(find_principal(call, *input.PrincipalArn));
    const policy::Request request = request_of(*principal, server, input, input.Time.value_or(call.now));
    const policy::Explanation explanation = policy::explain(principal->policies, request);
    api::ExplainLoginResponse answer;
    answer.ResourceArn = request.resource;
    answer.Reason = policy::why(explanation, request);
    answer.Trail = formats::json::serialize(policy::to_json(explanation));
    add_check(answer, login::Check::resource, server.iam_enabled,
              server.iam_enabled ? "IAM database authentication is enabled"
                                 : "IAM database authentication is not enabled; enable it with "
                                   "--enable-iam-database-authentication");
    add_check(answer, login::Check::policy, explanation.decision.allowed(), *answer.Reason);
    answer.Allowed = server.iam_enabled && explanation.decision.allowed();
    return answer;
}

}  // namespace countersign::extension
