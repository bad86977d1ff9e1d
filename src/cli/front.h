// What the one listener answers: a few fixed pages, and the API for everything else.
#pragma once

#include "base/metrics.h"
#include "crypto/certificates.h"
#include "gateway/gateway.h"
#include "http/message.h"

namespace countersign::cli {

// GET /healthz, /global-bundle.pem and /metrics; all else is the gateway's.
http::Response front_page(const http::Request& request, const gateway::Gateway& gateway,
                          const crypto::CertifiedKey& authority, const Metrics& metrics);

}  // namespace countersign::cli
