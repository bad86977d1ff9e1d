// Countersign's own certificate authority: ECDSA P-256, X.509 v3, PEM.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::crypto {

struct CertifiedKey {
    std::string certificate_pem;
    Secret key_pem;
};

struct CertificateNames {
    std::string common_name;
    std::vector<std::string> alternatives;  // host names, or IP addresses in text form
};

// A self-signed CA certificate (basicConstraints CA, keyCertSign), valid from a day before now for ten years.
Result<CertifiedKey> make_authority(const std::string& common_name, Instant now, Random& random);

// A server certificate (serverAuth) signed by the authority, valid from a day before now for a year at most
// and never past the authority. Names that are IP addresses become IP alternatives, all others DNS ones.
Result<CertifiedKey> issue_server(const CertifiedKey& authority, const CertificateNames& names, Instant now,
                                  Random& random);

// When the certificate ends; Fault::invalid when it cannot be read.
Result<Instant> expiry_of(const std::string& certificate_pem);

}  // namespace countersign::crypto
