// Countersign's own certificate authority: ECDSA P-256, X.509 v3, PEM.
#pragma once

#include <chrono>
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

// A new key with the request (PKCS #10, PEM) that it be certified. Whom the certificate names is the
// authority's to say.
struct RequestedKey {
    std::string request_pem;
    Secret key_pem;
};
RequestedKey request_certificate();

// Whom a client's certificate names: the subject's common name and its serialNumber attribute.
struct ClientName {
    std::string common_name;
    std::string serial;
    friend bool operator==(const ClientName&, const ClientName&) = default;
};

struct ClientOrder {
    std::string request_pem;  // ECDSA P-256, signed by the key that it brings
    ClientName name;
    std::chrono::seconds life = {};
};

// A client certificate (clientAuth) for the key of the request, valid from a day before now and never past
// the authority. Returns PEM.
Result<std::string> issue_client(const CertifiedKey& authority, const ClientOrder& order, Instant now,
                                 Random& random);

// Fault::invalid when the certificate names nobody in this way.
Result<ClientName> client_name_of(const std::string& certificate_pem);

// When the certificate ends; Fault::invalid when it cannot be read.
Result<Instant> expiry_of(const std::string& certificate_pem);

}  // namespace countersign::crypto
