#include "gateway/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/iso_time.h"
#include "gateway/aws_operations.h"
#include "gateway/document_answer.h"
#include "gateway/protocol.h"
#include "gateway/similar_names.h"
#include "model/arn.h"
#include "model/region.h"

namespace countersign::gateway {

namespace {

// Source: IAM User Guide, "AWS global condition context keys": aws:ViaAWSService is in every request, and the
// address is that of who sent it.
void put_origin(const Origin& origin, policy::Context& context) {
    context["aws:securetransport"] = {origin.tls ? "true" : "false"};
    context["aws:viaawsservice"] = {origin.via.empty() ? "false" : "true"};
    if (!origin.via.empty()) {
        for (const char* key : {"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"})
            context[key] = {origin.via};
        return;
    }
    if (!origin.source.empty()) context["aws:sourceip"] = {origin.source};
    if (origin.user_agent) context["aws:useragent"] = {*origin.user_agent};
}

policy::Context context_of(const Exchange& exchange) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(exchange.now);
    policy::Context context;
    context["aws:currenttime"] = {formats::second_time(exchange.now)};
    context["aws:epochtime"] = {std::to_string(seconds.time_since_epoch().count())};
    const bool is_global = exchange.service != nullptr && exchange.service->locality == Locality::global;
    context["aws:requestedregion"] = {is_global ? std::string(model::home_region()) : exchange.region};
    put_origin(exchange.origin, context);
    return context;
}

std::string operations_like(std::string_view asked, const Service& service) {
    constexpr std::size_t names_max = 6;
    std::vector<std::string_view> names;
    for (const Operation& operation : service.operations) names.push_back(operation.name);
    return fmt::format("{}", fmt::join(similar_names(asked, names, names_max), ", "));
}

}  // namespace

Error unknown_operation(std::string_view operation, const ServiceModel& model, std::string_view offered) {
    if (is_aws_operation(model.signing_name, operation))
        return Error{
            Fault::unsupported,
            fmt::format("The operation {} of {} is not offered here{}; all that is stands in Countersign's "
                        "docs/compatibility.md and docs/aws.md",
                        operation, model.signing_name,
                        offered.empty() ? "" : fmt::format(". What is like it: {}", offered)),
            "InvalidAction"};
    return Error{Fault::invalid,
                 fmt::format("Could not find operation {} for version {}", operation, model.api_version),
                 "InvalidAction"};
}

Dispatcher::Dispatcher(const Deps& deps, std::vector<Service> services, DispatcherOptions options)
    : deps_(deps), services_(std::move(services)), options_(std::move(options)) {}

Exchange Dispatcher::begin(Origin origin) const {
    return Exchange{crypto::random_uuid(deps_.random), deps_.clock.now(), std::move(origin)};
}

Reply Dispatcher::call(const InProcessCall& asked) const {
    Exchange exchange = begin(asked.origin);
    JsonAnswer answer;
    const Result<void> done = call(asked, exchange, answer);
    Reply reply{exchange.request_id, {}, conclude(exchange, done)};
    if (!reply.error) reply.members = std::move(answer).finish();
    return reply;
}

Result<void> Dispatcher::call(const InProcessCall& asked, Exchange& exchange, AnswerWriter& answer) const {
    exchange.region = asked.region;
    exchange.caller = asked.caller;
    const Service* const service = find_service(asked.service);
    if (service == nullptr)
        return Error{Fault::invalid, fmt::format("There is no service {}.", asked.service), "InvalidAction"};
    TRY(route(exchange, *service, asked.operation));
    if (exchange.operation->unsigned_call) exchange.caller = access::Access::anonymous();
    return perform(exchange, parameters_of_json(asked.members), answer, nullptr);
}

const Service* Dispatcher::find_service(std::string_view signing_name) const {
    const auto service = std::ranges::find_if(
        services_, [&](const Service& candidate) { return candidate.model.signing_name == signing_name; });
    return service == services_.end() ? nullptr : &*service;
}

bool Dispatcher::route_unsigned(Exchange& exchange, std::string_view version,
                                std::string_view operation) const {
    for (const Service& service : services_)
        if (service.model.api_version == version && !service.model.xml_namespace.empty())
            take_unsigned(exchange, service, operation);
    return exchange.operation != nullptr;
}

bool Dispatcher::route_unsigned_rest(Exchange& exchange, std::string_view signing_name,
                                     std::string_view operation) const {
    const Service* const service = find_service(signing_name);
    if (service != nullptr) take_unsigned(exchange, *service, operation);
    return exchange.operation != nullptr;
}

void Dispatcher::take_unsigned(Exchange& exchange, const Service& service, std::string_view operation) {
    const auto row = std::ranges::find(service.operations, operation, &Operation::name);
    if (row == service.operations.end() || !row->unsigned_call) return;
    exchange.service = &service;
    exchange.operation = &*row;
}

Result<void> Dispatcher::route(Exchange& exchange, const Service& service, std::string_view operation) const {
    exchange.service = &service;
    const auto row = std::ranges::find(service.operations, operation, &Operation::name);
    if (row == service.operations.end())
        return unknown_operation(operation, service.model, operations_like(operation, service));
    exchange.operation = &*row;
    return check_region(service, exchange.region);
}

Result<void> Dispatcher::check_region(const Service& service, std::string_view region) const {
    if (service.locality != Locality::regional) return {};
    const bool served = options_.regions.empty() || options_.regions.contains(std::string(region));
    const bool in_partition = model::partition_of(region) == model::partition();
    if (model::is_region(region) && served && in_partition) return {};
    return Error{Fault::unauthenticated,
                 fmt::format("Credential should be scoped to a valid Region, not '{}'. ", region),
                 "SignatureDoesNotMatch"};
}

// Whoever signs nothing has the operations that need no signature, and those alone.
Result<void> Dispatcher::check_caller(const Exchange& exchange) const {
    if (exchange.operation->unsigned_call) return {};
    return deps_.access.check_caller(*exchange.caller, exchange.service->model.signing_name, exchange.now);
}

Call Dispatcher::call_of(Exchange& exchange, Awaited* awaited) const {
    return Call{deps_.access,
                *exchange.caller,
                exchange.region,
                exchange.now,
                context_of(exchange),
                &exchange.denial,
                deps_.listener != nullptr ? &exchange.federated : nullptr,
                deps_.listener != nullptr ? &exchange.shown_input : nullptr,
                awaited};
}

Result<void> Dispatcher::perform(Exchange& exchange, Result<formats::Parameters> members,
                                 AnswerWriter& answer, Awaited* awaited) const {
    if (exchange.operation == nullptr || !exchange.caller)
        return Error{Fault::internal, "a call that is not routed or has no caller"};
    TRY(check_caller(exchange));
    if (!members) return std::move(members).error();
    const QueryReader reader(*std::move(members));
    return exchange.operation->run(call_of(exchange, awaited), reader, answer);
}

Result<void> Dispatcher::authorize(Exchange& exchange, std::string_view action,
                                   std::string_view resource) const {
    const Call call = call_of(exchange, nullptr);
    return gateway::authorize(call, {action, resource, call.context});
}

std::string Dispatcher::offered() const {
    std::string names;
    for (std::size_t i = 0; i < services_.size(); ++i) {
        if (i > 0) names += i + 1 == services_.size() ? " and " : ", ";
        names += services_[i].model.signing_name;
    }
    return names;
}

std::optional<ApiError> Dispatcher::conclude(const Exchange& exchange, const Result<void>& done) const {
    if (done) {
        report(exchange, nullptr);
        return std::nullopt;
    }
    ApiError error = shown(exchange, done.error());
    if (error.status >= 500)
        deps_.log.error("request.failed",
                        {{"request_id", exchange.request_id}, {"reason", done.error().message}});
    report(exchange, &error);
    return error;
}

ApiError Dispatcher::shown(const Exchange& exchange, const Error& error) const {
    ApiError shown = api_error(
        error, exchange.service != nullptr ? exchange.service->errors : std::span<const ErrorModel>());
    if (exchange.denial && shown.code == "AccessDenied" && deps_.sealing != nullptr)
        if (auto message = access::encoded_message(*exchange.denial, *deps_.sealing, deps_.random))
            shown.encoded_message = *std::move(message);
    const bool ec2 = exchange.service != nullptr && is_ec2(exchange.service->model);
    return ec2 ? in_ec2_words(std::move(shown)) : shown;
}

void Dispatcher::report(const Exchange& exchange, const ApiError* error) const {
    const Origin& origin = exchange.origin;
    const std::string_view action = exchange.operation != nullptr ? exchange.operation->name : "-";
    const std::string code = error != nullptr ? error->code : "";
    const std::string caller = exchange.caller ? exchange.caller->principal().arn : "";
    const std::string& source = origin.via.empty() ? origin.source : origin.via;
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
    deps_.listener->on_call(ApiCall{
        exchange.request_id, exchange.now, exchange.service->model.signing_name, action, exchange.region,
        source, origin.via.empty() ? origin.user_agent.value_or("") : origin.via, origin.tls,
        &*exchange.caller, exchange.shown_input, code, error != nullptr ? error->message : "",
        exchange.federated ? &*exchange.federated : nullptr, exchange.denial ? &*exchange.denial : nullptr});
}

}  // namespace countersign::gateway
