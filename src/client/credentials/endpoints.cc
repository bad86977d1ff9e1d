#include "client/credentials/endpoints.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "client/data_dir.h"

namespace countersign::client {

namespace {

// What the SDKs' settings say; empty when they say nothing, or when they are to be ignored.
Result<std::string> configured_url(const Search& search, std::string_view service) {
    if (lower(search.setting("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) ==
        "true")
        return std::string();
    const bool all = search.request.endpoints == Endpoints::all;
    std::string url = search.variable(fmt::format("AWS_ENDPOINT_URL_{}", service));
    if (url.empty() && all) url = search.variable("AWS_ENDPOINT_URL");
    if (!url.empty()) return url;
    const std::string section = search.profiles.get(search.profile, "services");
    if (!section.empty()) {
        const AwsConfig::Section* services = search.profiles.services(section);
        if (services == nullptr)
            return Error{Fault::invalid,
                         fmt::format("The profile is configured to use the services section but the "
                                     "\"{}\" services configuration does not exist.",
                                     section)};
        const auto found = services->find(lower(service) + ".endpoint_url");
        if (found != services->end() && !found->second.empty()) return found->second;
    }
    return all ? search.profiles.get(search.profile, "endpoint_url") : std::string();
}

Result<RunningServer> server_in(const std::string& data_dir, const std::string& portal) {
    const DataDir dir = TRY(locate_data_dir(data_dir));
    RunningServer server = TRY(find_server(dir));
    if (portal.empty() || portal == server.url || portal.starts_with(server.url + '/')) return server;
    return Error{Fault::unavailable, fmt::format("{} is not of the server at {}", portal, server.url)};
}

}  // namespace

Result<ServiceEndpoint> endpoint_of(const Search& search, std::string_view service,
                                    const std::string& portal) {
    const std::string ca_bundle = search.setting("AWS_CA_BUNDLE", "ca_bundle");
    if (search.request.endpoints == Endpoints::of_the_service) {
        const std::string url = TRY(configured_url(search, service));
        if (!url.empty()) return ServiceEndpoint{url, ca_bundle};
        return Error{Fault::unavailable,
                     fmt::format("no address of {} is known: set AWS_ENDPOINT_URL_{}", service, service)};
    }
    const auto server = server_in(search.request.data_dir, portal);
    const auto at_server = [&] {
        return ServiceEndpoint{server->url, server->ca_bundle.empty() ? ca_bundle : server->ca_bundle};
    };
    if (!search.request.data_dir.empty() && server) return at_server();
    const std::string url = TRY(configured_url(search, service));
    if (!url.empty()) return ServiceEndpoint{url, ca_bundle};
    if (server) return at_server();
    return Error{Fault::unavailable,
                 fmt::format("no address of {} is known: set AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_{} ({})",
                             service, service, server.error().message)};
}

UrlParts parts_of(const std::string& url) {
    UrlParts parts;
    const std::size_t scheme = url.find("://");
    const std::size_t authority = scheme == std::string::npos ? 0 : scheme + 3;
    const std::size_t path = std::min(url.find_first_of("/?#", authority), url.size());
    parts.scheme = scheme == std::string::npos ? "" : lower(url.substr(0, scheme));
    parts.base = url.substr(0, path);
    parts.target = url.substr(path, url.find('#') - path);
    if (!parts.target.starts_with('/')) parts.target.insert(0, "/");
    std::string host = url.substr(authority, path - authority);
    // What parsers of URLs read in different ways names no host, and a name with a password is none.
    if (host.find_first_of("@\\ \t\r\n") != std::string::npos) return parts;
    host = host.starts_with('[') ? host.substr(1, host.find(']') - 1) : host.substr(0, host.find(':'));
    parts.host = lower(host);
    return parts;
}

}  // namespace countersign::client
