#include "databases/endpoints.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace countersign::databases {

namespace {

constexpr std::size_t host_bytes_max = 253;  // RFC 1035, 2.3.4, as text

bool is_of(std::string_view text, std::string_view letters) {
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_host(std::string_view host) {
    if (host.size() > host_bytes_max) return false;
    if (host.starts_with('[') && host.ends_with(']'))
        return host.size() > 3 && is_of(host.substr(1, host.size() - 2), "0123456789abcdef:.");
    return is_of(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_") && host.front() != '-';
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    const std::string host = lower(text.substr(0, colon));
    if (!port || *port == 0 || !is_host(host)) return std::nullopt;
    return Endpoint{host, *port};
}

std::string text_of(const Endpoint& endpoint) {
    return fmt::format("{}:{}", endpoint.host, endpoint.port);
}

std::vector<Endpoint> endpoints_of(const model::Server& server) {
    std::vector<Endpoint> endpoints{{server.host, server.port}};
    for (const std::string& alias : server.aliases) {
        const std::optional<Endpoint> named = parse_endpoint(alias);
        if (named && std::ranges::count(endpoints, *named) == 0) endpoints.push_back(*named);
    }
    return endpoints;
}

}  // namespace countersign::databases
