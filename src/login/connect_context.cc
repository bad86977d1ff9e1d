#include "login/connect_context.h"

#include "base/text.h"
#include "formats/iso_time.h"
#include "model/arn.h"

namespace countersign::login {

policy::Context connect_context(policy::Context brought, const Server& server, Instant now) {
    policy::Context context = std::move(brought);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    context["aws:currenttime"] = {formats::second_time(now)};
    context["aws:epochtime"] = {std::to_string(seconds.time_since_epoch().count())};
    context["aws:securetransport"] = {"true"};
    context["aws:requestedregion"] = {server.region};
    context["aws:resourceaccount"] = {server.account};
    for (const auto& [name, value] : server.tags) context["aws:resourcetag/" + lower(name)] = {value};
    return context;
}

void add_network(policy::Context& context, const Server& server, const std::string& source_address) {
    if (server.context != ConnectContext::full || source_address.empty()) return;
    context["aws:sourceip"] = {source_address};
    context["aws:vpcsourceip"] = {source_address};
}

policy::Request connect_request(const Principal& principal, const Server& server, const Attempt& attempt,
                                Instant now) {
    policy::Request request;
    request.principal_arn = principal.arn;
    request.account = principal.account;
    request.action = "rds-db:connect";
    request.resource = model::dbuser_arn(server.region, server.account, server.resource_id, attempt.user);
    request.resource_account = server.account;
    if (!policy::asks_context(principal.policies)) return request;
    request.context = connect_context(principal.context, server, now);
    if (principal.mfa_time) {
        const auto age = std::chrono::floor<std::chrono::seconds>(now - *principal.mfa_time);
        request.context["aws:multifactorauthage"] = {std::to_string(age.count())};
    }
    add_network(request.context, server, attempt.source_address);
    return request;
}

}  // namespace countersign::login
