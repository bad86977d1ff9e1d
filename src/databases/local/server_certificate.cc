#include "databases/local/server_certificate.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "databases/local/files.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t certificate_bytes_max = std::size_t{64} * 1024;

std::string facts_of(const CertificateOrder& order) {
    return fmt::format("{}\n{}\n", crypto::sha256_hex(order.authority.certificate_pem),
                       joined(order.names.alternatives, " "));
}

}  // namespace

Instant certificate_expiry(const ServerHome& home, const CertificateOrder& order) {
    const Result<std::string> facts = read_file(home.certificate_facts(), certificate_bytes_max);
    if (!facts || *facts != facts_of(order)) return {};
    const Result<std::string> pem = read_file(home.certificate(), certificate_bytes_max);
    if (!pem) return {};
    const Result<Instant> expiry = crypto::expiry_of(*pem);
    return expiry ? *expiry : Instant();
}

Result<void> write_certificate(const ServerHome& home, const CertificateOrder& order, Instant now,
                               crypto::Random& random, Durability durability) {
    const crypto::CertifiedKey issued = TRY(crypto::issue_server(order.authority, order.names, now, random));
    TRY(replace_file(home.certificate_key(), issued.key_pem.reveal(), durability));
    TRY(replace_file(home.certificate(), issued.certificate_pem, durability));
    return replace_file(home.certificate_facts(), facts_of(order), durability);
}

}  // namespace countersign::databases::local
