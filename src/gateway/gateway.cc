#include "gateway/gateway.h"

#include <fmt/format.h>

#include "gateway/errors.h"
#include "gateway/unoffered.h"
#include "model/arn.h"
#include "sigv4/request.h"

namespace countersign::gateway {

// One request on its way through.
struct Gateway::Incoming {
    const http::Request& request;
    Exchange exchange;
    Protocol protocol = Protocol::query;
    std::optional<std::string> unoffered = {};  // the service that is asked for and not offered
};

namespace {

constexpr std::string_view encoded_message_header = "x-countersign-encoded-authorization-message";

// Whether the service is asked by method and path alone.
bool is_rest(const ServiceModel& model) {
    return model.xml_namespace.empty() && model.target_prefix.empty();
}

// Whether the service speaks the protocol and is the one that the request names.
bool is_meant(const RequestHead& head, const ServiceModel& model) {
    if (head.protocol == Protocol::query) return !model.xml_namespace.empty();
    if (head.protocol == Protocol::rest_json) return is_rest(model);
    return !model.target_prefix.empty() && model.target_prefix == head.target;
}

// Whether the request names an operation of this API, as its protocol has it.
Result<void> check_meant(const RequestHead& head, const ServiceModel& model) {
    if (!head.action)
        return Error{Fault::invalid, "The request must name exactly one Action.", "MissingAction"};
    if (head.version && *head.version != model.api_version)
        return Error{Fault::invalid, fmt::format("The requested version ( {} ) is not valid.", *head.version),
                     "NoSuchVersion"};
    if (!is_meant(head, model)) return unknown_operation(*head.action, model);
    return {};
}

std::optional<std::string> user_agent_of(const http::Request& request) {
    const std::string* agent = request.header("user-agent");
    return agent != nullptr ? std::optional(*agent) : std::nullopt;
}

Result<void> without_body(const Result<std::string>& body) {
    if (!body) return body.error();
    return {};
}

}  // namespace

Gateway::Gateway(const Dispatcher& dispatcher, access::Access& access, const Log& log, GatewayOptions options)
    : dispatcher_(dispatcher), access_(access), log_(log), options_(std::move(options)) {}

Gateway::Incoming Gateway::begun(const http::Request& request) const {
    Origin origin{request.peer, user_agent_of(request), options_.tls};
    return Incoming{request, dispatcher_.begin(std::move(origin)), protocol_of(request)};
}

http::Response Gateway::answer(const http::Request& request) const {
    Incoming incoming = begun(request);
    Result<std::string> body = run(incoming, nullptr);
    return concluded(incoming, std::move(body));
}

void Gateway::answer(const http::Request& request, const Give& give) const {
    Incoming incoming = begun(request);
    Awaited awaited;
    Result<std::string> body = run(incoming, &awaited);
    if (!body && awaited) {
        const auto kept = std::make_shared<const http::Request>(request);
        if (awaited([this, kept, give] { answer_again(*kept, give); })) return;
    }
    give(concluded(incoming, std::move(body)));
}

// On a thread that is not the server's; an answer that is not given is an error of the server's making.
void Gateway::answer_again(const http::Request& request, const Give& give) const {
    try {
        give(answer(request));
    } catch (const std::exception& error) {
        log_.error("request.failed", {{"reason", error.what()}});
    }
}

http::Response Gateway::concluded(const Incoming& incoming, Result<std::string> body) const {
    const auto error = dispatcher_.conclude(incoming.exchange, without_body(body));
    if (error) return refusal(incoming, *error);
    return success(incoming.request, incoming.protocol, *std::move(body), incoming.exchange.request_id);
}

Result<void> Gateway::admit(Incoming& incoming, std::string_view action, std::string_view name) const {
    Exchange& exchange = incoming.exchange;
    const std::string_view service = action.substr(0, action.find(':'));
    const sigv4::SignedRequest signature = TRY(sigv4::parse_request(incoming.request));
    exchange.region = signature.scope().region;
    exchange.caller = TRY(access_.authenticate(signature, service, exchange.now));
    return dispatcher_.authorize(exchange, action,
                                 model::global_arn(service, exchange.caller->principal().account, name));
}

http::Response Gateway::page(const http::Request& request, std::string_view action, std::string_view name,
                             const Page& page) const {
    Incoming incoming = begun(request);
    const Result<void> admitted = admit(incoming, action, name);
    const auto error = dispatcher_.conclude(incoming.exchange, admitted);
    if (error) return refusal(incoming, *error);
    return page(incoming.exchange.caller->principal());
}

http::Response Gateway::refusal(const Incoming& incoming, const ApiError& error) const {
    const Exchange& exchange = incoming.exchange;
    if (incoming.unoffered)
        return not_offered(incoming.request, *incoming.unoffered, dispatcher_.offered(), exchange.request_id);
    const bool routed = exchange.service != nullptr;
    http::Response response = failure(incoming.request, incoming.protocol, error,
                                      routed ? exchange.service->model : ServiceModel{}, exchange.request_id);
    if (!error.encoded_message.empty())
        response.headers.emplace_back(encoded_message_header, error.encoded_message);
    return response;
}

Result<std::string> Gateway::run(Incoming& incoming, Awaited* awaited) const {
    TRY(check_service(incoming));
    RequestHead head = TRY(request_head(incoming.request));
    TRY(identify(incoming, head));
    Exchange& exchange = incoming.exchange;
    const Operation& operation = *exchange.operation;
    Answer answer(incoming.protocol, exchange.service->model, operation.result_element, operation.name);
    TRY(dispatcher_.perform(exchange, parameters_of(incoming.request, std::move(head)), answer.writer(),
                            awaited));
    return std::move(answer).finish(exchange.request_id);
}

// Before anything is read in the form that the services here have.
Result<void> Gateway::check_service(Incoming& incoming) const {
    std::optional<std::string> service = signed_service(incoming.request);
    if (!service) return {};
    const Service* known = dispatcher_.find_service(*service);
    const bool other_path =
        known != nullptr && is_rest(known->model) && incoming.protocol != Protocol::rest_json;
    if (known != nullptr && !other_path) {
        incoming.exchange.service = known;
        return {};
    }
    incoming.unoffered = std::move(service);
    return Error{Fault::unsupported, "a service that is not offered", "InvalidAction"};
}

// Finds the operation, and who calls it.
Result<void> Gateway::identify(Incoming& incoming, const RequestHead& head) const {
    Exchange& exchange = incoming.exchange;
    if (route_unsigned(exchange, head)) {
        exchange.region = options_.region;
        exchange.caller = access::Access::anonymous();
        return {};
    }
    const sigv4::SignedRequest signature = TRY(sigv4::parse_request(incoming.request));
    exchange.region = signature.scope().region;
    TRY(route(exchange, head, signature.scope().service));
    exchange.caller =
        TRY(access_.authenticate(signature, exchange.service->model.signing_name, exchange.now));
    return {};
}

// Whether the request names, by Action and Version or by its path, an operation that is called without a
// signature.
bool Gateway::route_unsigned(Exchange& exchange, const RequestHead& head) const {
    if (!head.action) return false;
    if (!head.service.empty()) return dispatcher_.route_unsigned_rest(exchange, head.service, *head.action);
    return head.version && dispatcher_.route_unsigned(exchange, *head.version, *head.action);
}

// Finds the service by what was signed, and in it the operation. A request signed for one service that names
// an operation of another is told so, as AWS does.
Result<void> Gateway::route(Exchange& exchange, const RequestHead& head,
                            std::string_view signed_service) const {
    exchange.service = dispatcher_.find_service(signed_service);
    if (exchange.service == nullptr)
        return Error{Fault::unauthenticated,
                     "Credential should be scoped to correct service: 'rds', 'iam' or 'sts'. ",
                     "SignatureDoesNotMatch"};
    TRY(check_meant(head, exchange.service->model));
    return dispatcher_.route(exchange, *exchange.service, *head.action);
}

http::Response Gateway::throttled(const http::Request& request) {
    ApiError error = api_error(Error{Fault::throttled, "Rate exceeded"}, {});
    error.status = error.document_status = 503;
    return failure(request, protocol_of(request), error, {}, "");
}

}  // namespace countersign::gateway
