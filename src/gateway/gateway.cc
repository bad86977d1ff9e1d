#include "gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "formats/iso_time.h"
#include "formats/query.h"
#include "gateway/errors.h"
#include "gateway/query_reader.h"
#include "model/region.h"
#include "sigv4/request.h"

namespace countersign::gateway {

// One request on its way through; what is known of it grows.
struct Gateway::Exchange {
    const http::Request& request;
    std::string request_id;
    const Service* service = nullptr;
    const Operation* operation = nullptr;
    std::string region = {};
    std::string caller_arn = {};
    std::optional<access::Denial> denial = {};
};

namespace {

constexpr std::string_view xml_type = "text/xml";
constexpr std::string_view encoded_message_header = "x-countersign-encoded-authorization-message";

std::string error_document(const ApiError& error, std::string_view xmlns, std::string_view request_id) {
    formats::XmlWriter xml;
    xml.open("ErrorResponse", xmlns);
    xml.open("Error");
    xml.text("Type", error.type());
    xml.text("Code", error.code);
    xml.text("Message", error.message);
    xml.close();
    xml.text("RequestId", request_id);
    xml.close();
    return std::move(xml).finish();
}

http::Response xml_response(int status, std::string body, std::string_view request_id) {
    return http::Response{
        status,
        {{"Content-Type", std::string(xml_type)}, {"x-amzn-RequestId", std::string(request_id)}},
        std::move(body)};
}

// The parameters of a Query request: those of the URL, then those of a form body.
Result<formats::Parameters> parameters_of(const http::Request& request) {
    if (request.method != "GET" && request.method != "POST")
        return Error{Fault::invalid, "Only GET and POST are understood.", "MalformedQueryString"};
    // In the URL a plus is a plus, as in its signature; only in a form body it is a blank.
    formats::Parameters parameters = TRY(formats::parse_query(request.query(), formats::Plus::literal));
    if (request.method != "POST") return parameters;
    formats::Parameters body = TRY(formats::parse_query(request.body, formats::Plus::blank));
    if (parameters.size() + body.size() > limits::parameters_max)
        return Error{Fault::invalid, "The request has too many parameters.", "MalformedQueryString"};
    std::ranges::move(body, std::back_inserter(parameters));
    return parameters;
}

bool action_given_twice(const formats::Parameters& parameters) {
    return std::ranges::count(parameters, "Action", &formats::Parameter::first) > 1;
}

}  // namespace

Gateway::Gateway(const Surroundings& around, std::vector<Service> services, GatewayOptions options)
    : around_(around), services_(std::move(services)), options_(std::move(options)) {}

http::Response Gateway::answer(const http::Request& request) const {
    Exchange exchange{request, crypto::random_uuid(around_.random)};
    Result<std::string> body = run(exchange);
    const std::string_view action = exchange.operation != nullptr ? exchange.operation->name : "-";
    if (body) {
        around_.metrics.count_request(action, "");
        around_.log.info("request", {{"request_id", exchange.request_id},
                                     {"action", action},
                                     {"caller", exchange.caller_arn},
                                     {"source", request.peer}});
        return xml_response(200, *std::move(body), exchange.request_id);
    }
    return refusal(exchange, body.error());
}

http::Response Gateway::refusal(const Exchange& exchange, const Error& reason) const {
    const std::string_view action = exchange.operation != nullptr ? exchange.operation->name : "-";
    const bool routed = exchange.service != nullptr;
    const ApiError error =
        api_error(reason, routed ? exchange.service->errors : std::span<const ErrorModel>());
    around_.metrics.count_request(action, error.code);
    around_.log.info("request.refused", {{"request_id", exchange.request_id},
                                         {"action", action},
                                         {"caller", exchange.caller_arn},
                                         {"source", exchange.request.peer},
                                         {"code", error.code}});
    if (error.status >= 500)
        around_.log.error("request.failed",
                          {{"request_id", exchange.request_id}, {"reason", reason.message}});
    const std::string_view xmlns = routed ? exchange.service->model.xml_namespace : std::string_view();
    http::Response response =
        xml_response(error.status, error_document(error, xmlns, exchange.request_id), exchange.request_id);
    if (exchange.denial && error.code == "AccessDenied" && around_.sealing != nullptr)
        if (auto message = access::encoded_message(*exchange.denial, *around_.sealing, around_.random))
            response.headers.emplace_back(encoded_message_header, *std::move(message));
    return response;
}

Result<std::string> Gateway::run(Exchange& exchange) const {
    const http::Request& request = exchange.request;
    if (request.path() != "/" && !request.path().empty())
        return Error{Fault::not_found, "There is nothing at this path.", "MalformedQueryString"};
    const formats::Parameters parameters = TRY(parameters_of(request));
    const Instant now = around_.clock.now();
    const access::Caller caller = TRY(caller_of(exchange, parameters, now));
    exchange.caller_arn = caller.principal().arn;

    const Call call{
        around_.access,  caller, exchange.region, now, request_context(request, exchange.region, now),
        &exchange.denial};
    const QueryReader reader(parameters);
    formats::XmlWriter xml;
    xml.open(std::string(exchange.operation->name) + "Response", exchange.service->model.xml_namespace);
    if (!exchange.operation->result_element.empty()) xml.open(exchange.operation->result_element);
    TRY(exchange.operation->run(call, reader, xml));
    if (!exchange.operation->result_element.empty()) xml.close();
    xml.open("ResponseMetadata");
    xml.text("RequestId", exchange.request_id);
    xml.close();
    xml.close();
    return std::move(xml).finish();
}

// Finds the operation, and who calls it.
Result<access::Caller> Gateway::caller_of(Exchange& exchange, const formats::Parameters& parameters,
                                          Instant now) const {
    if (route_unsigned(exchange, parameters)) {
        exchange.region = options_.region;
        return access::Access::anonymous();
    }
    const sigv4::SignedRequest signature = TRY(sigv4::parse_request(exchange.request));
    TRY(route(exchange, parameters, signature.scope().service));
    exchange.region = signature.scope().region;
    TRY(check_region(*exchange.service, exchange.region));
    return around_.access.authenticate(signature, exchange.service->model.signing_name, now);
}

// Whether the request names, by Action and Version, an operation that is called without a signature.
bool Gateway::route_unsigned(Exchange& exchange, const formats::Parameters& parameters) const {
    const std::string* action = formats::find(parameters, "Action");
    const std::string* version = formats::find(parameters, "Version");
    if (action == nullptr || version == nullptr || action_given_twice(parameters)) return false;
    for (const Service& service : services_) {
        if (service.model.api_version != *version) continue;
        const auto operation = std::ranges::find(service.operations, *action, &Operation::name);
        if (operation == service.operations.end() || !operation->unsigned_call) continue;
        exchange.service = &service;
        exchange.operation = &*operation;
    }
    return exchange.operation != nullptr;
}

// Finds the service by what was signed, and in it the operation. A request signed for one service that names
// an operation of another is told so, as AWS does.
Result<void> Gateway::route(Exchange& exchange, const formats::Parameters& parameters,
                            std::string_view signed_service) const {
    const std::string* action = formats::find(parameters, "Action");
    const std::string* version = formats::find(parameters, "Version");
    const auto service = std::ranges::find_if(
        services_, [&](const Service& candidate) { return candidate.model.signing_name == signed_service; });
    if (service == services_.end())
        return Error{Fault::unauthenticated,
                     "Credential should be scoped to correct service: 'rds', 'iam' or 'sts'. ",
                     "SignatureDoesNotMatch"};
    exchange.service = &*service;
    if (action == nullptr || action_given_twice(parameters))
        return Error{Fault::invalid, "The request must name exactly one Action.", "MissingAction"};
    if (version != nullptr && *version != service->model.api_version)
        return Error{Fault::invalid, fmt::format("The requested version ( {} ) is not valid.", *version),
                     "NoSuchVersion"};
    const auto operation = std::ranges::find(service->operations, *action, &Operation::name);
    if (operation == service->operations.end())
        return Error{
            Fault::invalid,
            fmt::format("Could not find operation {} for version {}", *action, service->model.api_version),
            "InvalidAction"};
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

http::Response Gateway::throttled() {
    const ApiError error = api_error(Error{Fault::throttled, "Rate exceeded"}, {});
    return xml_response(503, error_document(error, "", ""), "");
}

}  // namespace countersign::gateway
