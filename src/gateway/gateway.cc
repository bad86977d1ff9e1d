#include "gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "formats/iso_time.h"
#include "gateway/errors.h"
#include "gateway/query_reader.h"
#include "model/region.h"
#include "sigv4/request.h"

namespace countersign::gateway {

// One request on its way through; what is known of it grows.
struct Gateway::Exchange {
    const http::Request& request;
    std::string request_id;
    Instant now;
    Protocol protocol = Protocol::query;
    const Service* service = nullptr;
    const Operation* operation = nullptr;
    std::string region = {};
    std::optional<access::Caller> caller = {};
    std::string shown_input = {};
    std::optional<access::Denial> denial = {};
    Awaited* awaited = nullptr;  // as Call has it
};

namespace {

constexpr std::string_view encoded_message_header = "x-countersign-encoded-authorization-message";

Error unknown_operation(const RequestHead& head, const ServiceModel& model) {
    if (!head.action)
        return Error{Fault::invalid, "The request must name exactly one Action.", "MissingAction"};
    return Error{Fault::invalid,
                 fmt::format("Could not find operation {} for version {}", *head.action, model.api_version),
                 "InvalidAction"};
}

// Whether the service speaks the protocol and is the one that the request names.
bool is_meant(const RequestHead& head, const ServiceModel& model) {
    if (head.protocol == Protocol::query) return !model.xml_namespace.empty();
    return !model.target_prefix.empty() && model.target_prefix == head.target;
}

}  // namespace

Gateway::Gateway(const Deps& deps, std::vector<Service> services, GatewayOptions options)
    : deps_(deps), services_(std::move(services)), options_(std::move(options)) {}

Gateway::Exchange Gateway::begun(const http::Request& request) const {
    return Exchange{request, crypto::random_uuid(deps_.random), deps_.clock.now(), protocol_of(request)};
}

http::Response Gateway::answer(const http::Request& request) const {
    Exchange exchange = begun(request);
    Result<std::string> body = run(exchange);
    return concluded(exchange, std::move(body));
}

void Gateway::answer(const http::Request& request, const Give& give) const {
    Exchange exchange = begun(request);
    Awaited awaited;
    exchange.awaited = &awaited;
    Result<std::string> body = run(exchange);
    if (!body && awaited) {
        const auto kept = std::make_shared<const http::Request>(request);
        if (awaited([this, kept, give] { answer_again(*kept, give); })) return;
    }
    give(concluded(exchange, std::move(body)));
}

// On a thread that is not the server's; an answer that is not given is an error of the server's making.
void Gateway::answer_again(const http::Request& request, const Give& give) const {
    try {
        give(answer(request));
    } catch (const std::exception& error) {
        deps_.log.error("request.failed", {{"reason", error.what()}});
    }
}

http::Response Gateway::concluded(Exchange& exchange, Result<std::string> body) const {
    if (body) {
        report(exchange, nullptr);
        return success(exchange.request, exchange.protocol, *std::move(body), exchange.request_id);
    }
    const bool routed = exchange.service != nullptr;
    const ApiError error =
        api_error(body.error(), routed ? exchange.service->errors : std::span<const ErrorModel>());
    if (error.status >= 500)
        deps_.log.error("request.failed",
                        {{"request_id", exchange.request_id}, {"reason", body.error().message}});
    report(exchange, &error);
    return refusal(exchange, error);
}

Result<void> Gateway::admit(Exchange& exchange, std::string_view action, std::string_view name) const {
    const std::string_view service = action.substr(0, action.find(':'));
    const sigv4::SignedRequest signature = TRY(sigv4::parse_request(exchange.request));
    exchange.region = signature.scope().region;
    exchange.caller = TRY(deps_.access.authenticate(signature, service, exchange.now));
    const std::string resource =
        fmt::format("arn:aws:{}::{}:{}", service, exchange.caller->principal().account, name);
    return deps_.access.authorize(
        *exchange.caller,
        {action, resource, request_context(exchange.request, exchange.region, exchange.now)}, exchange.now);
}

http::Response Gateway::page(const http::Request& request, std::string_view action, std::string_view name,
                             const Page& page) const {
    Exchange exchange = begun(request);
    const Result<void> admitted = admit(exchange, action, name);
    if (admitted) {
        report(exchange, nullptr);
        return page(exchange.caller->principal());
    }
    const ApiError error = api_error(admitted.error(), {});
    report(exchange, &error);
    return refusal(exchange, error);
}

// Tells metrics, log and listener what became of a request.
void Gateway::report(const Exchange& exchange, const ApiError* error) const {
    const std::string_view action = exchange.operation != nullptr ? exchange.operation->name : "-";
    const std::string code = error != nullptr ? error->code : "";
    const std::string caller = exchange.caller ? exchange.caller->principal().arn : "";
    const std::string& source = exchange.request.peer;
    deps_.metrics.count_request(action, code);
    if (error == nullptr)
        deps_.log.info("request", {{"request_id", exchange.request_id},
                                   {"action", action},
                                   {"caller", caller},
                                   {"source", source}});
    else
        deps_.log.info("request.refused", {{"request_id", exchange.request_id},
                                           {"action", action},
                                           {"caller", caller},
                                           {"source", source},
                                           {"code", code}});
    if (deps_.listener == nullptr || exchange.operation == nullptr || !exchange.caller) return;
    const std::string* agent = exchange.request.header("user-agent");
    deps_.listener->on_call(ApiCall{exchange.request_id, exchange.now, exchange.service->model.signing_name,
                                    action, exchange.region, source, agent != nullptr ? *agent : "",
                                    options_.tls, &*exchange.caller, exchange.shown_input, code,
                                    error != nullptr ? error->message : ""});
}

http::Response Gateway::refusal(const Exchange& exchange, const ApiError& error) const {
    const bool routed = exchange.service != nullptr;
    http::Response response = failure(exchange.request, exchange.protocol, error,
                                      routed ? exchange.service->model : ServiceModel{}, exchange.request_id);
    if (exchange.denial && error.code == "AccessDenied" && deps_.sealing != nullptr)
        if (auto message = access::encoded_message(*exchange.denial, *deps_.sealing, deps_.random))
            response.headers.emplace_back(encoded_message_header, *std::move(message));
    return response;
}

Result<std::string> Gateway::run(Exchange& exchange) const {
    const http::Request& request = exchange.request;
    RequestHead head = TRY(request_head(request));
    exchange.caller = TRY(caller_of(exchange, head));
    const Call call{deps_.access,
                    *exchange.caller,
                    exchange.region,
                    exchange.now,
                    request_context(request, exchange.region, exchange.now),
                    &exchange.denial,
                    deps_.listener != nullptr ? &exchange.shown_input : nullptr,
                    exchange.awaited};
    const QueryReader reader(TRY(parameters_of(request, std::move(head))));
    const Operation& operation = *exchange.operation;
    Answer answer(exchange.protocol, exchange.service->model, operation.result_element, operation.name);
    TRY(operation.run(call, reader, answer.writer()));
    return std::move(answer).finish(exchange.request_id);
}

// Finds the operation, and who calls it.
Result<access::Caller> Gateway::caller_of(Exchange& exchange, const RequestHead& head) const {
    if (route_unsigned(exchange, head)) {
        exchange.region = options_.region;
        return access::Access::anonymous();
    }
    const sigv4::SignedRequest signature = TRY(sigv4::parse_request(exchange.request));
    TRY(route(exchange, head, signature.scope().service));
    exchange.region = signature.scope().region;
    TRY(check_region(*exchange.service, exchange.region));
    return deps_.access.authenticate(signature, exchange.service->model.signing_name, exchange.now);
}

// Whether the request names, by Action and Version, an operation that is called without a signature.
bool Gateway::route_unsigned(Exchange& exchange, const RequestHead& head) const {
    if (!head.action || !head.version) return false;
    for (const Service& service : services_) {
        if (service.model.api_version != *head.version) continue;
        const auto operation = std::ranges::find(service.operations, *head.action, &Operation::name);
        if (operation == service.operations.end() || !operation->unsigned_call) continue;
        exchange.service = &service;
        exchange.operation = &*operation;
    }
    return exchange.operation != nullptr;
}

// Finds the service by what was signed, and in it the operation. A request signed for one service that names
// an operation of another is told so, as AWS does.
Result<void> Gateway::route(Exchange& exchange, const RequestHead& head,
                            std::string_view signed_service) const {
    const auto service = std::ranges::find_if(
        services_, [&](const Service& candidate) { return candidate.model.signing_name == signed_service; });
    if (service == services_.end())
        return Error{Fault::unauthenticated,
                     "Credential should be scoped to correct service: 'rds', 'iam' or 'sts'. ",
                     "SignatureDoesNotMatch"};
    exchange.service = &*service;
    if (!head.action) return unknown_operation(head, service->model);
    if (head.version && *head.version != service->model.api_version)
        return Error{Fault::invalid, fmt::format("The requested version ( {} ) is not valid.", *head.version),
                     "NoSuchVersion"};
    const auto operation = std::ranges::find(service->operations, *head.action, &Operation::name);
    if (operation == service->operations.end() || !is_meant(head, service->model))
        return unknown_operation(head, service->model);
    exchange.operation = &*operation;
    return {};
}

Result<void> Gateway::check_region(const Service& service, std::string_view region) const {
    if (service.locality == Locality::global) return {};
    const bool served = options_.regions.empty() || options_.regions.contains(std::string(region));
    if (model::is_region(region) && served) return {};
    return Error{Fault::unauthenticated,
                 fmt::format("Credential should be scoped to a valid Region, not '{}'. ", region),
                 "SignatureDoesNotMatch"};
}

policy::Context Gateway::request_context(const http::Request& request, std::string_view region,
                                         Instant now) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    policy::Context context;
    context["aws:currenttime"] = {formats::second_time(now)};
    context["aws:epochtime"] = {std::to_string(seconds.time_since_epoch().count())};
    context["aws:securetransport"] = {options_.tls ? "true" : "false"};
    context["aws:requestedregion"] = {std::string(region)};
    if (!request.peer.empty()) context["aws:sourceip"] = {request.peer};
    if (const std::string* agent = request.header("user-agent")) context["aws:useragent"] = {*agent};
    return context;
}

http::Response Gateway::throttled(const http::Request& request) {
    ApiError error = api_error(Error{Fault::throttled, "Rate exceeded"}, {});
    error.status = error.document_status = 503;
    return failure(request, protocol_of(request), error, {}, "");
}

}  // namespace countersign::gateway
