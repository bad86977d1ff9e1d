#include "services/cloudformation/engine/actor.h"

#include <fmt/format.h>

#include "formats/record.h"
#include "sigv4/sign.h"

namespace countersign::cloudformation {

namespace {

Error ended(std::string what) {
    return Error{Fault::unauthenticated, std::move(what), "InvalidClientTokenId"};
}

// A request that nobody sends: what authenticates a call that stays in this process.
http::Request own_request() {
    http::Request request;
    request.method = "POST";
    request.target = "/";
    request.headers.emplace_back("Host", std::string(service_principal));
    return request;
}

}  // namespace

model::StackActor actor_of(const access::Caller& caller, const std::string& role) {
    const access::Principal& principal = caller.principal();
    model::StackActor actor{role, caller.access_key_id(), principal.arn, ""};
    if (principal.session != nullptr) actor.session = formats::to_record(*principal.session);
    return actor;
}

Result<sigv4::Credentials> ActorApi::credentials(Instant now) const {
    if (!actor_.role.empty()) return deps_.assume(place_.account, actor_.role, now);
    if (!actor_.session.empty()) {
        const auto session = TRY(formats::from_record<access::Session>(actor_.session));
        if (session.access_key_id != actor_.access_key_id) return ended("The session is not the caller's.");
        access::SealedSession sealed =
            access::seal_session(session, deps_.records.sealing, deps_.records.random);
        return sigv4::Credentials{session.access_key_id, std::move(sealed.secret_access_key),
                                  std::move(sealed.session_token)};
    }
    const auto holder = TRY(deps_.access.principals().find(actor_.access_key_id, ""));
    if (holder == nullptr || holder->principal->arn != actor_.principal)
        return ended("The security token included in the request is invalid.");
    return sigv4::Credentials{actor_.access_key_id, holder->secret_access_key, ""};
}

Result<access::Caller> ActorApi::caller(std::string_view service, Instant now) const {
    if (!held_) held_ = TRY(credentials(now));
    http::Request request = own_request();
    sigv4::sign(request, *held_, {place_.region, std::string(service)}, now);
    const sigv4::SignedRequest presented = TRY(sigv4::parse_request(request));
    access::Caller proven = TRY(deps_.access.authenticate(presented, service, now));
    if (proven.principal().account != place_.account) return ended("The caller is of another account.");
    return proven;
}

Result<json::object> ActorApi::call(std::string_view service, std::string_view operation,
                                    json::object members) const {
    gateway::Origin origin;
    origin.tls = true;
    // A role is the service's own; whoever called is called for.
    if (actor_.role.empty())
        origin.via = service_principal;
    else
        origin.user_agent = std::string(service_principal);
    access::Caller proven = TRY(caller(service, deps_.clock.now()));
    const gateway::Reply reply = deps_.dispatcher.call(
        {service, operation, json::serialize(members), std::move(proven), place_.region, std::move(origin)});
    if (reply.error)
        return Error{Fault::invalid,
                     fmt::format("{} (Service: {}, Status Code: {}, Request ID: {})", reply.error->message,
                                 service, reply.error->status, reply.request_id),
                     reply.error->code};
    if (reply.members.empty()) return json::object();
    json::value answer = TRY(formats::parse_json(reply.members));
    if (!answer.is_object()) return json::object();
    return std::move(answer.get_object());
}

}  // namespace countersign::cloudformation
