#include "apps/serve/http_router.h"

#include "client/host_port.h"
#include "sigv4/signing.h"

namespace countersign::apps {

namespace {

constexpr std::string_view metrics_path = "/metrics";
constexpr unsigned metrics_workers = 1;

http::Response page(std::string type, std::string body) {
    return http::Response{200, {{"Content-Type", std::move(type)}}, std::move(body)};
}

http::Response figures(std::string text) {
    return page("text/plain; version=0.0.4", std::move(text));
}

bool reads(const http::Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

// By AWS's Signature Version 4: other authorizations, such as a scraper's, are passed over.
bool is_signed(const http::Request& request) {
    const std::string* const authorization = request.header("authorization");
    return (authorization != nullptr && authorization->starts_with(sigv4::algorithm)) ||
           request.query().find("X-Amz-Signature=") != std::string_view::npos;
}

http::Response figures_for(const http::Request& request, const gateway::Gateway& gateway,
                           const telemetry::Metrics& metrics) {
    if (!is_signed(request)) return figures(metrics.sums());
    return gateway.page(request, "countersign:GetMetrics", "metrics", [&](const access::Principal& caller) {
        return figures(metrics.text_of(caller.account));
    });
}

}  // namespace

std::optional<http::Response> front_page(const http::Request& request, const gateway::Gateway& gateway,
                                         const crypto::CertifiedKey& authority,
                                         const telemetry::Metrics& metrics) {
    if (!reads(request)) return std::nullopt;
    if (request.path() == "/healthz") return page("application/json", "{\"status\":\"ok\"}\n");
    if (request.path() == "/global-bundle.pem")
        return page("application/x-pem-file", authority.certificate_pem);
    if (request.path() == metrics_path) return figures_for(request, gateway, metrics);
    return std::nullopt;
}

std::unique_ptr<http::Tls> copy_of(const std::unique_ptr<http::Tls>& tls) {
    return tls == nullptr ? nullptr : std::make_unique<http::Tls>(*tls);
}

Result<std::unique_ptr<http::Server>> serve_metrics(const cli::ServeOptions& wanted,
                                                    std::unique_ptr<http::Tls> tls,
                                                    const telemetry::Metrics& metrics, const Log& log) {
    if (wanted.metrics_host.empty()) return std::unique_ptr<http::Server>();
    if (client::is_loopback(wanted.metrics_host)) tls = nullptr;
    http::ServerOptions options{
        wanted.metrics_host, wanted.metrics_port, metrics_workers, std::move(tls), {}};
    auto listening = http::Server::listen(
        std::move(options),
        [&metrics](const http::Request& request) {
            if (!reads(request) || request.path() != metrics_path) return http::Response{404, {}, {}};
            return figures(metrics.text());
        },
        log);
    if (!listening)
        return Error{Fault::unavailable,
                     listening.error().message + "; choose another with --metrics-listen"};
    (*listening)->start();
    return *std::move(listening);
}

}  // namespace countersign::apps
