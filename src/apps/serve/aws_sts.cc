#include "apps/serve/aws_sts.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "client/host_port.h"
#include "http/client.h"

namespace countersign::apps {

namespace {

constexpr std::chrono::milliseconds deadline(5000);

// HOST[:PORT] of https://HOST[:PORT], or of http://HOST[:PORT] on loopback.
Result<std::string> host_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::string host = scheme == std::string::npos ? "" : url.substr(scheme + 3);
    const bool is_https = url.starts_with("https://");
    const bool is_http = url.starts_with("http://") && client::is_loopback(host.substr(0, host.rfind(':')));
    const bool good = !host.empty() && host.find_first_of("/?#@ ") == std::string::npos;
    if (good && (is_https || is_http)) return host;
    return Error{Fault::invalid,
                 fmt::format("--aws-sts {}: not https://HOST[:PORT], nor http:// and a loopback host", url)};
}

}  // namespace

Result<void> check_aws_sts(const cli::AwsStsOptions& options) {
    for (const std::string& url : options.urls) TRY(host_of(url));
    return {};
}

sts::AwsSts aws_sts(const cli::AwsStsOptions& options, decltype(sts::AwsSts::outside) outside) {
    sts::AwsSts aws;
    aws.outside = std::move(outside);
    std::map<std::string, std::string> named;
    for (const std::string& url : options.urls)
        if (const auto host = host_of(url)) named.emplace(*host, url);
    for (const auto& [host, url] : named) aws.hosts.insert(host);
    aws.ask = [named, bundle = options.ca_bundle](const std::string& host, const http::Request& request) {
        const auto url = named.find(host);
        if (url == named.end()) return http::fetch("https://" + host, request, deadline);
        return http::fetch(url->second, request, deadline, bundle);
    };
    return aws;
}

}  // namespace countersign::apps
