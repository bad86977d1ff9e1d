#include "databases/engines/local/server_certificate.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "databases/endpoints.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t common_name_letters_max = 64;  // ub-common-name of RFC 5280
constexpr std::size_t certificate_bytes_max = std::size_t{64} * 1024;

std::string facts_of(const CertificateOrder& order) {
    return fmt::format("{}\n{}\n", crypto::sha256_hex(order.authority.certificate_pem),
                       joined(order.names.alternatives, " "));
}

}  // namespace

crypto::CertificateNames names_for(const model::Server& server, const std::string& resource_id,
                                   const std::string& endpoint_host) {
    crypto::CertificateNames names;
    const std::string& host = server.host;
    names.common_name = host.empty() || host.size() > common_name_letters_max ? resource_id : host;
    if (!server.own_host) names.alternatives.push_back(endpoint_host);
    if (!host.empty() && (server.own_host || host != endpoint_host)) names.alternatives.push_back(host);
    if (endpoint_host == "localhost" && !server.own_host)
        names.alternatives.insert(names.alternatives.end(), {"127.0.0.1", "::1"});
    for (const Endpoint& endpoint : endpoints_of(server)) {
        const bool bracketed = endpoint.host.starts_with('[');
        const std::string name =
            bracketed ? endpoint.host.substr(1, endpoint.host.size() - 2) : endpoint.host;
        if (!name.empty() && std::ranges::count(names.alternatives, name) == 0)
            names.alternatives.push_back(name);
    }
    return names;
}

Instant certificate_expiry(const ServerHome& home, const CertificateOrder& order) {
    const Result<std::string> facts = read_file(home.certificate_facts(), certificate_bytes_max);
    if (!facts || *facts != facts_of(order)) return {};
    const Result<std::string> pem = read_server_file(home.certificate(), certificate_bytes_max);
    if (!pem) return {};
    const Result<Instant> expiry = crypto::expiry_of(*pem);
    return expiry ? *expiry : Instant();
}

Result<void> write_certificate(const Keeper& keeper, const ServerHome& home, const CertificateOrder& order,
                               const Issue& issue) {
    const crypto::CertifiedKey issued =
        TRY(crypto::issue_server(order.authority, order.names, issue.now, issue.random));
    const std::string key = home.certificate_key().filename();
    TRY(keeper.replace_file(home, key, issued.key_pem.reveal(), issue.durability, Keeper::Readers::nobody));
    TRY(keeper.replace_file(home, home.certificate().filename(), issued.certificate_pem, issue.durability));
    return replace_file(home.certificate_facts(), facts_of(order), issue.durability);
}

}  // namespace countersign::databases::local
