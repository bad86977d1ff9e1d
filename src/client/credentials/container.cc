#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "base/text.h"
#include "client/credentials/documents.h"
#include "client/credentials/endpoints.h"
#include "client/credentials/sources.h"
#include "http/client.h"

namespace countersign::client {

namespace {

// Of the SDKs.
constexpr auto container_patience = std::chrono::seconds(2);
constexpr int attempts_max = 3;
constexpr auto between_attempts = std::chrono::seconds(1);
constexpr std::string_view relative_base = "http://169.254.170.2";
constexpr std::array<std::string_view, 4> allowed_hosts = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                                                           "localhost"};
constexpr std::size_t authorization_bytes_max = std::size_t{64} * 1024;
constexpr std::size_t container_error_bytes_max = 1024;

Error container_refused(std::string_view why) {
    return Error{Fault::unavailable,
                 fmt::format("Error when retrieving credentials from container-role: {}", why)};
}

bool is_loopback_address(const std::string& host) {
    in_addr v4{};
    in6_addr v6{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
    return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

Result<UrlParts> address_of(const Search& search) {
    const std::string relative = search.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (!relative.empty() && !relative.starts_with('/'))
        return container_refused("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with /");
    const std::string url = relative.empty() ? search.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
                                             : std::string(relative_base) + relative;
    UrlParts parts = parts_of(url);
    const bool is_allowed = parts.scheme == "https" || is_loopback_address(parts.host) ||
                            std::ranges::find(allowed_hosts, parts.host) != allowed_hosts.end();
    if (is_allowed) return parts;
    return container_refused(
        fmt::format("Unsupported host '{}'. Can only retrieve metadata from a loopback address or one of "
                    "these hosts: {}",
                    parts.host, fmt::join(allowed_hosts, ", ")));
}

Result<std::string> authorization(const Search& search) {
    const std::string file = search.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    std::string token = search.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (!file.empty()) {
        auto text = read_file(file, authorization_bytes_max);
        if (!text)
            return container_refused("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: " + text.error().message);
        token = *std::move(text);
    }
    return std::string(trimmed(token));  // a file's line end is not the token
}

bool is_worth_another(const Result<http::Response>& answer) {
    return answer ? answer->status >= 500 : answer.error().fault == Fault::unavailable;
}

Result<http::Response> ask_container(const UrlParts& parts, const http::Request& request,
                                     const std::string& ca_bundle) {
    for (int attempt = 1;; ++attempt) {
        auto answer = http::fetch(parts.base, request, container_patience, ca_bundle, http::Proxy::none);
        if (attempt == attempts_max || !is_worth_another(answer)) return answer;
        std::this_thread::sleep_for(between_attempts);
    }
}

}  // namespace

Result<SourceAnswer> from_container(const Search& search) {
    if (search.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").empty() &&
        search.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").empty())
        return nothing(
            "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
    const UrlParts parts = TRY(address_of(search));
    http::Request request{"GET", parts.target, {{"Accept", "application/json"}}, "", ""};
    if (const std::string token = TRY(authorization(search)); !token.empty())
        request.headers.emplace_back("Authorization", token);
    const auto answer = ask_container(parts, request, search.setting("AWS_CA_BUNDLE", "ca_bundle"));
    if (!answer) return container_refused(answer.error().message);
    if (answer->status != 200)
        return container_refused(fmt::format("Received non 200 response {} from container metadata: {}",
                                             answer->status,
                                             printable(trimmed(answer->body), container_error_bytes_max)));
    auto found = parse_metadata_answer(answer->body);
    if (!found) return container_refused(found.error().message);
    if (*found->expiration <= search.now) return container_refused("the credentials have expired already");
    found->detail = parts.base;
    return SourceAnswer{*std::move(found)};
}

}  // namespace countersign::client
