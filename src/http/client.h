// A small blocking HTTP client by libcurl, for commands that talk to a server from afar. Verifies TLS,
// follows no redirect, bounds what it reads. Safe to call from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace countersign::http {

inline constexpr std::size_t answer_bytes_max = 16UL * 1024 * 1024;  // head and body of one answer

// Whether a transfer goes through the proxy that the environment names (http_proxy and its relatives).
enum class Proxy { as_environment, none };

// Sends the request to base_url (http:// or https://, no trailing path needed) + request.target, and its
// headers as they are. The CA bundle is a PEM file; none: the machine's own. An answer of any status is a
// Response; Fault::unavailable when there is none within the deadline, Fault::unauthenticated when the server
// is not trusted, Fault::invalid for a request that cannot be sent.
Result<Response> fetch(const std::string& base_url, const Request& request,
                       std::chrono::milliseconds deadline, const std::string& ca_bundle = {},
                       Proxy proxy = Proxy::as_environment);

// A document that others publish at an https:// URL, such as an identity provider's keys.
struct Published {
    std::string url;
    // SHA-1 of certificates' DER in hex. Where the machine's authorities do not vouch for the server, the
    // certificate of its chain that is named here becomes the only trust anchor of the connection.
    std::vector<std::string> thumbprints;
    std::string ca_bundle = {};      // as in fetch()
    std::string form = {};           // sent with POST, application/x-www-form-urlencoded; empty: GET
    std::string authorization = {};  // the header's value; empty: none
};
inline constexpr std::size_t published_bytes_max = 256UL * 1024;
inline constexpr std::chrono::milliseconds published_deadline(5000);

// The body of the answer, which must be 200: no redirect is followed. The server's name is always checked.
// Fault::unavailable: no such answer. Fault::unauthenticated: no trust. Fault::invalid: no https:// URL.
Result<std::string> fetch_published(const Published& document,
                                    std::chrono::milliseconds deadline = published_deadline);

// What a server shows of itself in a handshake that trusts nobody and sends no request: PEM certificates, its
// own first. Empty when there is none. Nothing is proven by it.
std::vector<std::string> presented_chain(const std::string& url, std::chrono::milliseconds deadline);

}  // namespace countersign::http
