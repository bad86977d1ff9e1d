// What the one listener answers: a few fixed pages, and the API for everything else.
#pragma once

#include <memory>
#include <optional>

#include "base/log.h"
#include "base/result.h"
#include "cli/serve_options.h"
#include "crypto/certificates.h"
#include "gateway/gateway.h"
#include "http/message.h"
#include "http/server.h"
#include "telemetry/metrics.h"

namespace countersign::apps {

// GET /healthz, /global-bundle.pem and /metrics; nothing for all else, which is the gateway's own. The
// figures are sums that name no database; a caller who signs, and may countersign:GetMetrics, gets those of
// the own account.
std::optional<http::Response> front_page(const http::Request& request, const gateway::Gateway& gateway,
                                         const crypto::CertifiedKey& authority,
                                         const telemetry::Metrics& metrics);

// Each listener has its own.
std::unique_ptr<http::Tls> copy_of(const std::unique_ptr<http::Tls>& tls);

// The listener of the metrics' own address, at work: GET /metrics has the names of all databases. None where
// there is no such address; without TLS at loopback. All references must outlive it.
Result<std::unique_ptr<http::Server>> serve_metrics(const cli::ServeOptions& wanted,
                                                    std::unique_ptr<http::Tls> tls,
                                                    const telemetry::Metrics& metrics, const Log& log);

}  // namespace countersign::apps
