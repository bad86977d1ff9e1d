#include "console/signin/visit.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace countersign::console {

namespace {

std::string header_text(const http::Request& request, std::string_view name) {
    const std::string* const value = request.header(name);
    return value != nullptr ? *value : std::string();
}

// Without its port: [::1]:7070 → [::1].
std::string host_name(const std::string& host) {
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    return lower(has_port ? host.substr(0, colon) : host);
}

}  // namespace

Result<void> check_host(const http::Request& request, const Site& site) {
    if (site.hosts.contains(host_name(header_text(request, "host")))) return {};
    return Error{Fault::denied, "This server is not known by that name."};
}

Result<void> check_same_origin(const http::Request& request) {
    const Error foreign{Fault::denied, "The form was not sent by a page of this server."};
    const std::string site = header_text(request, "sec-fetch-site");
    if (site == "same-origin") return {};
    if (!site.empty()) return foreign;
    const std::string origin = header_text(request, "origin");
    const std::size_t scheme = origin.find("://");
    const bool ours = scheme != std::string::npos &&
                      lower(origin.substr(scheme + 3)) == lower(header_text(request, "host"));
    if (!ours) return foreign;
    return {};
}

std::string cookie_of(const http::Request& request, const Site& site) {
    const std::string cookies = header_text(request, "cookie");
    for (const std::string_view part : split(cookies, ';')) {
        const std::string_view pair = trimmed(part);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == site.cookie_name())
            return std::string(pair.substr(equals + 1));
    }
    return {};
}

http::Header set_cookie(const Site& site, const std::string& cookie) {
    std::string value =
        std::string(site.cookie_name()) + '=' + cookie + "; Path=/; HttpOnly; SameSite=Strict";
    if (site.tls) value += "; Secure";
    if (cookie.empty()) value += "; Max-Age=0";
    return {"Set-Cookie", value};
}

Result<Visit> Visit::read(const http::Request& request) {
    Visit visit;
    const bool form = request.method == "POST";
    visit.fields_ = TRY(
        formats::parse_query(form ? std::string_view(request.body) : request.query(), formats::Plus::blank));
    return visit;
}

std::string Visit::operator[](std::string_view name) const {
    const std::string* const value = formats::find(fields_, name);
    return value != nullptr ? *value : std::string();
}

std::string safe_path(const std::string& wanted) {
    constexpr std::array<std::string_view, 4> known = {"/device", "/authorize", "/start", "/console"};
    const bool plain = std::ranges::all_of(wanted, [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
    const auto leads = [&](std::string_view path) {
        if (!wanted.starts_with(path)) return false;
        const std::string_view rest = std::string_view(wanted).substr(path.size());
        return rest.empty() || rest.front() == '/' || rest.front() == '?';
    };
    return plain && std::ranges::any_of(known, leads) ? wanted : "/start";
}

}  // namespace countersign::console
