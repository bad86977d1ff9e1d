// From a signed HTTP request to a call of the dispatcher, and back to an answer in the protocol that the
// client speaks. Source: the public service models; IAM User Guide, "Signing AWS API requests".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "access/access.h"
#include "gateway/dispatcher.h"
#include "gateway/protocol.h"
#include "http/message.h"

namespace countersign::gateway {

struct GatewayOptions {
    std::string region = "us-east-1";  // of calls that name none, because they are not signed
    bool tls = false;                  // whether callers reach us over TLS (aws:SecureTransport)
};

// Safe to call from any thread.
class Gateway {
public:
    // The references must outlive it.
    Gateway(const Dispatcher& dispatcher, access::Access& access, const Log& log, GatewayOptions options);

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
    struct Incoming;

    Incoming begun(const http::Request& request) const;
    http::Response concluded(const Incoming& incoming, Result<std::string> body) const;
    Result<void> admit(Incoming& incoming, std::string_view action, std::string_view name) const;
    void answer_again(const http::Request& request, const Give& give) const;
    Result<std::string> run(Incoming& incoming, Awaited* awaited) const;
    http::Response refusal(const Incoming& incoming, const ApiError& error) const;
    Result<void> check_service(Incoming& incoming) const;
    Result<void> identify(Incoming& incoming, const RequestHead& head) const;
    bool route_unsigned(Exchange& exchange, const RequestHead& head) const;
    Result<void> route(Exchange& exchange, const RequestHead& head, std::string_view signed_service) const;

    const Dispatcher& dispatcher_;
    access::Access& access_;
    const Log& log_;
    const GatewayOptions options_;
};

}  // namespace countersign::gateway
