// The one way to an operation. A call is routed, authorised, done and recorded here, whether a request over
// HTTP asks for it (gateway.h) or a part of this process does so for somebody. Calls are not throttled here.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "formats/query.h"
#include "gateway/api_call.h"
#include "gateway/errors.h"
#include "gateway/operation.h"
#include "gateway/service.h"
#include "telemetry/metrics.h"

namespace countersign::gateway {

// Where a call comes from, as policies and the record of it show it.
struct Origin {
    std::string source;                     // the caller's IP address; empty: not known
    std::optional<std::string> user_agent;  // as the client names itself
    bool tls = false;                       // whether the caller reached us over TLS
    // The service that calls for the caller (cloudformation.amazonaws.com); empty: the caller itself calls.
    // With one, policies see no source and no client, as on AWS, and the record shows the service as both.
    std::string via = {};
};

// A call that a part of this process makes for somebody.
struct InProcessCall {
    std::string_view service;  // its signing name: rds, iam
    std::string_view operation;
    std::string members;    // of the input: a JSON object, by the names of the API's model; empty: none
    access::Caller caller;  // who was authenticated for this call: rights that end later are not seen to end
    std::string region;
    Origin origin;
};

struct Reply {
    std::string request_id;
    std::string members;            // of the output: a JSON object; empty where the call was refused
    std::optional<ApiError> error;  // none: it was done
};

// One call on its way through; what is known of it grows.
struct Exchange {
    std::string request_id;
    Instant now;
    Origin origin;
    std::string region = {};
    const Service* service = nullptr;
    const Operation* operation = nullptr;
    std::optional<access::Caller> caller = {};
    std::string shown_input = {};
    std::optional<access::Denial> denial = {};
    std::optional<FederatedCaller> federated = {};
};

struct DispatcherOptions {
    std::set<std::string> regions;  // those that are served; empty: every well-formed one
};

// Safe to call from any thread.
class Dispatcher {
public:
    // Everything must outlive it.
    struct Deps {
        access::Access& access;
        const Clock& clock;
        crypto::Random& random;
        const Log& log;
        telemetry::Metrics& metrics;
        const crypto::SealingKey* sealing = nullptr;  // for encoded authorization messages; none: none
        ApiListener* listener = nullptr;              // who keeps a record of calls; none: nobody
    };

    Dispatcher(const Deps& deps, std::vector<Service> services, DispatcherOptions options);

    // Routed, authorised, done, recorded. Waits by itself for what the operation waits for. The caller of an
    // operation that needs no signature is nobody, as over HTTP.
    Reply call(const InProcessCall& call) const;

    // The steps of a call, for what reads calls from a protocol, in this order.
    Exchange begin(Origin origin) const;
    std::string offered() const;  // the services, for people: "iam, rds and sts"
    // Nullptr: there is no such service.
    const Service* find_service(std::string_view signing_name) const;
    // The service whose API of that version has an operation of that name without a signature, with it.
    bool route_unsigned(Exchange& exchange, std::string_view version, std::string_view operation) const;
    // The same by the service's signing name, which a path stands for.
    bool route_unsigned_rest(Exchange& exchange, std::string_view signing_name,
                             std::string_view operation) const;
    // Finds the operation, and refuses a region that is not served.
    Result<void> route(Exchange& exchange, const Service& service, std::string_view operation) const;
    // For an exchange that is routed and knows its caller. `members` is what was sent, or why that could not
    // be read. `awaited` is as Call has it; an answer that is to come back is not concluded.
    Result<void> perform(Exchange& exchange, Result<formats::Parameters> members, AnswerWriter& answer,
                         Awaited* awaited) const;
    // The same for what is no operation of an API: whether the caller may take the action on the resource.
    Result<void> authorize(Exchange& exchange, std::string_view action, std::string_view resource) const;
    // Tells metrics, log and listener what became of it. The error as a client is shown it; none: it is done.
    std::optional<ApiError> conclude(const Exchange& exchange, const Result<void>& done) const;

private:
    static void take_unsigned(Exchange& exchange, const Service& service, std::string_view operation);
    Result<void> call(const InProcessCall& call, Exchange& exchange, AnswerWriter& answer) const;
    Result<void> check_region(const Service& service, std::string_view region) const;
    Result<void> check_caller(const Exchange& exchange) const;
    Call call_of(Exchange& exchange, Awaited* awaited) const;
    void report(const Exchange& exchange, const ApiError* error) const;
    ApiError shown(const Exchange& exchange, const Error& error) const;

    const Deps deps_;
    const std::vector<Service> services_;
    const DispatcherOptions options_;
};

// What a client is told that names an operation which the service does not have. `offered`: those like it
// that it has, as a list for people.
Error unknown_operation(std::string_view operation, const ServiceModel& model, std::string_view offered = {});

}  // namespace countersign::gateway
