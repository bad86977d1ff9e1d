// From a signed HTTP request to the authorised call of one operation, and back to an answer in the protocol
// that the client speaks. Source: the public service models; IAM User Guide, "Signing AWS API requests".
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "gateway/api_call.h"
#include "gateway/operation.h"
#include "gateway/protocol.h"
#include "gateway/service_model.h"
#include "http/message.h"
#include "telemetry/metrics.h"

namespace countersign::gateway {

// Where a service's resources live: in the region of the request, or everywhere.
enum class Locality { regional, global };

struct Service {
    ServiceModel model;
    Locality locality = Locality::regional;
    std::span<const ErrorModel> errors;
    std::vector<Operation> operations;
};

struct GatewayOptions {
    std::set<std::string> regions;     // those that are served; empty: every well-formed one
    std::string region = "us-east-1";  // of calls that name none, because they are not signed
    bool tls = false;                  // whether callers reach us over TLS (aws:SecureTransport)
};

// Safe to call from any thread.
class Gateway {
public:
    // What the gateway lives in. Everything must outlive it.
    struct Deps {
        access::Access& access;
        const Clock& clock;
        crypto::Random& random;
        const Log& log;
        telemetry::Metrics& metrics;
        const crypto::SealingKey* sealing = nullptr;  // for encoded authorization messages; none: none
        ApiListener* listener = nullptr;              // who keeps a record of calls; none: nobody
    };

    Gateway(const Deps& deps, std::vector<Service> services, GatewayOptions options);

    using Give = std::function<void(http::Response)>;

    // Answers at once, or, where somebody else's server has to be waited for, later and from another thread.
    void answer(const http::Request& request, const Give& give) const;
    // The same for who may wait.
    http::Response answer(const http::Request& request) const;

    // A page that is no operation of the API, for callers whose policies allow them the action on the
    // resource `name` of their account.
    using Page = std::function<http::Response(const access::Principal& caller)>;
    http::Response page(const http::Request& request, std::string_view action, std::string_view name,
                        const Page& page) const;

    // The answer to a request that cannot be taken on now.
    static http::Response throttled(const http::Request& request);

private:
    struct Exchange;

    http::Response concluded(Exchange& exchange, Result<std::string> body) const;
    Exchange begun(const http::Request& request) const;
    Result<void> admit(Exchange& exchange, std::string_view action, std::string_view name) const;
    void answer_again(const http::Request& request, const Give& give) const;
    Result<std::string> run(Exchange& exchange) const;
    http::Response refusal(const Exchange& exchange, const ApiError& error) const;
    Result<access::Caller> caller_of(Exchange& exchange, const RequestHead& head) const;
    bool route_unsigned(Exchange& exchange, const RequestHead& head) const;
    Result<void> route(Exchange& exchange, const RequestHead& head, std::string_view signed_service) const;
    void report(const Exchange& exchange, const ApiError* error) const;
    Result<void> check_region(const Service& service, std::string_view region) const;
    policy::Context request_context(const http::Request& request, std::string_view region, Instant now) const;

    const Deps deps_;
    const std::vector<Service> services_;
    const GatewayOptions options_;
};

}  // namespace countersign::gateway
