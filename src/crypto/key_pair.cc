#include "crypto/key_pair.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <vector>

#include "base/text.h"
#include "base/wrapping.h"
#include "crypto/openssl.h"
#include "crypto/thumbprint.h"

namespace countersign::crypto {

namespace {

using Bio = Owned<BIO, BIO_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;

constexpr std::size_t certificates_max = 16;
constexpr std::size_t pem_key_bytes_max = 16UL * 1024;
constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

Error unreadable() {
    return {Fault::invalid, "the certificate cannot be read"};
}

Result<Certificate> read_certificate(std::string_view pem) {
    const std::string der = TRY(certificate_der(pem));
    const unsigned char* from = octets(std::string_view(der));
    Certificate certificate(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
    must(certificate != nullptr);
    return certificate;
}

Result<std::vector<Certificate>> read_certificates(std::string_view text) {
    std::vector<Certificate> all;
    for (text = without_wrapping(text); !text.empty(); text = trimmed(text)) {
        const std::size_t end = text.find(pem_end);
        if (!text.starts_with(pem_begin) || end == std::string_view::npos || all.size() == certificates_max)
            return unreadable();
        all.push_back(TRY(read_certificate(text.substr(0, end + pem_end.size()))));
        text.remove_prefix(end + pem_end.size());
    }
    return all;
}

Result<Certificate> read_one(std::string_view text) {
    std::vector<Certificate> all = TRY(read_certificates(text));
    if (all.size() != 1) return unreadable();
    return std::move(all.front());
}

Result<Key> read_key(const Secret& pem) {
    const std::string_view text = pem.reveal();
    Key key;
    if (!text.empty() && text.size() <= pem_key_bytes_max) {
        const Bio memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
        must(memory != nullptr);
        // OpenSSL would ask the terminal for the passphrase of an encrypted key.
        const auto no_passphrase = [](char*, int, int, void*) { return -1; };
        key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr));
    }
    ERR_clear_error();
    if (!key) return Error{Fault::invalid, "the private key cannot be read"};
    return key;
}

Result<Instant> instant_of(const ASN1_TIME* time) {
    std::tm parts = {};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return unreadable();
    return Instant(std::chrono::seconds(timegm(&parts)));
}

bool is_signed_by(X509* certificate, X509* issuer) {
    const bool is_signed = X509_check_issued(issuer, certificate) == X509_V_OK &&
                           X509_get0_pubkey(issuer) != nullptr &&
                           X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return is_signed;
}

}  // namespace

Result<Validity> validity_of(std::string_view certificate) {
    const Certificate known = TRY(read_one(certificate));
    Validity validity;
    validity.from = TRY(instant_of(X509_get0_notBefore(known.get())));
    validity.until = TRY(instant_of(X509_get0_notAfter(known.get())));
    return validity;
}

Result<bool> is_key_of(const Secret& key, std::string_view certificate) {
    const Certificate known = TRY(read_one(certificate));
    const Key own = TRY(read_key(key));
    const bool matches = X509_check_private_key(known.get(), own.get()) == 1;
    ERR_clear_error();
    return matches;
}

Result<std::optional<int>> gap_in_chain(std::string_view certificate, std::string_view chain) {
    const Certificate known = TRY(read_one(certificate));
    const std::vector<Certificate> issuers = TRY(read_certificates(chain));
    if (issuers.empty()) return unreadable();
    X509* subject = known.get();
    int place = -1;
    for (const Certificate& issuer : issuers) {
        if (!is_signed_by(subject, issuer.get())) return std::optional(place);
        subject = issuer.get();
        ++place;
    }
    return std::optional<int>();
}

}  // namespace countersign::crypto
