// What the one listener answers: a few fixed pages, and the API for everything else.
#pragma once

#include <optional>

#include "base/metrics.h"
#include "crypto/certificates.h"
#include "http/message.h"

namespace countersign::cli {

// GET /healthz, /global-bundle.pem and /metrics; nothing for all else, which is the gateway's own.
std::optional<http::Response> front_page(const http::Request& request, const crypto::CertifiedKey& authority,
                                         const Metrics& metrics);

}  // namespace countersign::cli
