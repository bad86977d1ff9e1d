#include "cli/front.h"

namespace countersign::cli {

namespace {

http::Response page(std::string type, std::string body) {
    return http::Response{200, {{"Content-Type", std::move(type)}}, std::move(body)};
}

}  // namespace

std::optional<http::Response> front_page(const http::Request& request, const crypto::CertifiedKey& authority,
                                         const Metrics& metrics) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads && request.path() == "/healthz") return page("application/json", "{\"status\":\"ok\"}\n");
    if (reads && request.path() == "/global-bundle.pem")
        return page("application/x-pem-file", authority.certificate_pem);
    if (reads && request.path() == "/metrics") return page("text/plain; version=0.0.4", metrics.text());
    return std::nullopt;
}

}  // namespace countersign::cli
