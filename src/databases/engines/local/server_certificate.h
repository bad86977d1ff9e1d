// A server's certificate on disk, from Countersign's own authority.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "crypto/certificates.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/server_home.h"
#include "model/rds.h"

namespace countersign::databases::local {

struct CertificateOrder {
    const crypto::CertifiedKey& authority;
    crypto::CertificateNames names;
};

// Those of every endpoint of the server. The common name has at most 64 letters.
crypto::CertificateNames names_for(const model::Server& server, const std::string& resource_id,
                                   const std::string& endpoint_host);

inline constexpr auto certificate_rest_min = std::chrono::hours(24 * 30);  // with less, it is renewed

// When the certificate in the home ends; the beginning of time when there is none, or when it is of another
// authority or for other names.
Instant certificate_expiry(const ServerHome& home, const CertificateOrder& order);

struct Issue {
    Instant now;
    crypto::Random& random;
    Durability durability = Durability::synced;
};

// Writes certificate and key (0600); the key first, so that a reload in between fails and keeps the old pair.
Result<void> write_certificate(const Keeper& keeper, const ServerHome& home, const CertificateOrder& order,
                               const Issue& issue);

}  // namespace countersign::databases::local
