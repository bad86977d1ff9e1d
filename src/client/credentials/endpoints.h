// Where a search for credentials asks: never a service of AWS's own unless a setting names its address.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "client/credentials/search.h"

namespace countersign::client {

struct ServiceEndpoint {
    std::string url;
    std::string ca_bundle;  // PEM file; empty: the machine's own
};

// A service as AWS_ENDPOINT_URL_… and `services` sections name it, such as SSO_OIDC. In this order: the
// server of the data directory that was named; the SDKs' settings; the server of the default data directory.
// Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
// What is sent may be for one portal alone, which its URL names: without a setting, no server but the one at
// that URL is asked.
Result<ServiceEndpoint> endpoint_of(const Search& search, std::string_view service,
                                    const std::string& portal = {});

// The start of a URL without its path, and the path with what follows; "/" where there is none.
struct UrlParts {
    std::string base;
    std::string target;
    std::string scheme;
    std::string host;  // without port and brackets; empty where the URL has a user or is ambiguous
};
UrlParts parts_of(const std::string& url);

}  // namespace countersign::client
