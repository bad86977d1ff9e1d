// What the one listener answers: a few fixed pages, and the API for everything else.
#pragma once

#include <memory>
#include <optional>

#include "base/log.h"
#include "base/result.h"
#include "client/host_port.h"
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

// The listener of the metrics' own address, at work: GET /metrics has the names of all databases. Both
// references must outlive it.
Result<std::unique_ptr<http::Server>> serve_metrics(const client::HostPort& where,
                                                    std::unique_ptr<http::Tls> tls,
                                                    const telemetry::Metrics& metrics, const Log& log);

}  // namespace countersign::apps
