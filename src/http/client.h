// A small blocking HTTP client by libcurl, for commands that talk to a server from afar. Verifies TLS,
// follows no redirect, bounds what it reads. Safe to call from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace countersign::http {

inline constexpr std::size_t answer_bytes_max = 16UL * 1024 * 1024;  // head and body of one answer

// Sends the request to base_url (http:// or https://, no trailing path needed) + request.target, and its
// headers as they are. The CA bundle is a PEM file; none: the machine's own. An answer of any status is a
// Response; Fault::unavailable when there is none within the deadline, Fault::invalid for a request that
// cannot be sent.
Result<Response> fetch(const std::string& base_url, const Request& request,
                       std::chrono::milliseconds deadline, const std::string& ca_bundle = {});

}  // namespace countersign::http
