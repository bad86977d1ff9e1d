#include "crypto/certificates.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

using std::chrono::days;

using Bio = Owned<BIO, BIO_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using AlternativeNames = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;

constexpr days backdating(1);  // for clients whose clock is behind
constexpr days authority_life(3652);
constexpr days server_life(365);
constexpr std::size_t serial_bytes = 16;
constexpr std::size_t common_name_bytes_max = 64;  // ub-common-name of RFC 5280
constexpr std::size_t dns_name_bytes_max = 253;
constexpr std::size_t label_bytes_max = 63;

struct Validity {
    Instant from;
    Instant until;
};

struct Extension {
    int kind;
    const char* value;
};

bool is_label_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// A host name, its first label perhaps a single '*'.
bool is_dns_name(std::string_view name) {
    if (name.size() > dns_name_bytes_max) return false;
    if (name.starts_with("*.")) name.remove_prefix(2);
    std::size_t label_bytes = 0;
    for (const char c : name) {
        const bool ends_label = c == '.' && label_bytes > 0;
        if (!ends_label && !is_label_character(c)) return false;
        label_bytes = ends_label ? 0 : label_bytes + 1;
        if (label_bytes > label_bytes_max) return false;
    }
    return label_bytes > 0;
}

// The bytes of an IPv4 or IPv6 address in text form; nothing when it is none.
std::string address_bytes(const std::string& text) {
    std::array<char, 16> bytes;
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), 16};
    return {};
}

void append_name(GENERAL_NAMES* names, int kind, std::string_view bytes) {
    const bool is_address = kind == GEN_IPADD;
    ASN1_STRING* const value = is_address ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    GENERAL_NAME* const name = GENERAL_NAME_new();
    must(value != nullptr && name != nullptr);
    must(ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1);
    GENERAL_NAME_set0_value(name, kind, value);
    must(sk_GENERAL_NAME_push(names, name) > 0);
}

Result<void> add_alternatives(X509* certificate, const std::vector<std::string>& alternatives) {
    if (alternatives.empty()) return Error{Fault::invalid, "a server certificate needs a name"};
    const AlternativeNames names(GENERAL_NAMES_new());
    must(names != nullptr);
    for (const std::string& alternative : alternatives) {
        const std::string address = address_bytes(alternative);
        if (address.empty() && !is_dns_name(alternative))
            return Error{Fault::invalid, "\"" + alternative + "\" is neither a host name nor an IP address"};
        append_name(names.get(), address.empty() ? GEN_DNS : GEN_IPADD,
                    address.empty() ? alternative : address);
    }
    must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1);
    return {};
}

// The values are this file's own; the names that callers bring never pass through OpenSSL's value language.
void add_extension(X509* certificate, X509* issuer, const Extension& wanted) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, wanted.kind, wanted.value));
    must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Result<void> set_common_name(X509* certificate, const std::string& name) {
    const bool is_printable =
        std::ranges::none_of(name, [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
    if (name.empty() || name.size() > common_name_bytes_max || !is_printable)
        return Error{Fault::invalid, "the common name of a certificate has 1 to 64 printable characters"};
    const int added =
        X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                   octets(name), static_cast<int>(name.size()), -1, 0);
    if (added != 1) return Error{Fault::invalid, "the common name of a certificate is not UTF-8"};
    return {};
}

void set_serial(X509* certificate, Random& random) {
    std::string bytes = random.bytes(serial_bytes);
    bytes[0] = static_cast<char>((bytes[0] & 0x7F) | 0x40);  // positive, and 127 bits long whatever was drawn
    const Owned<BIGNUM, BN_free> number(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
    must(number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_validity(X509* certificate, const Validity& validity) {
    const auto seconds = [](Instant instant) {
        return static_cast<std::time_t>(
            std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count());
    };
    must(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(validity.from)) != nullptr);
    must(ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(validity.until)) != nullptr);
}

Certificate new_certificate(EVP_PKEY* key, const Validity& validity, Random& random) {
    Certificate certificate(X509_new());
    must(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    must(X509_set_pubkey(certificate.get(), key) == 1);
    set_serial(certificate.get(), random);
    set_validity(certificate.get(), validity);
    return certificate;
}

Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    must(key != nullptr);
    return key;
}

std::string_view contents(BIO* memory) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(length)};
}

CertifiedKey sign_and_write(X509* certificate, EVP_PKEY* signer, EVP_PKEY* key) {
    must(X509_sign(certificate, signer, EVP_sha256()) > 0);
    const Bio certificate_text(BIO_new(BIO_s_mem()));
    const Bio key_text(BIO_new(BIO_s_secmem()));  // wiped when it is released
    must(certificate_text != nullptr && PEM_write_bio_X509(certificate_text.get(), certificate) == 1);
    must(key_text != nullptr &&
         PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return {std::string(contents(certificate_text.get())), Secret(contents(key_text.get()))};
}

// Without it OpenSSL would ask the terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Bio reader_of(std::string_view pem) {
    Bio memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    must(memory != nullptr);
    return memory;
}

Result<Certificate> read_certificate(std::string_view pem) {
    Certificate certificate(PEM_read_bio_X509(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
    if (!certificate) return Error{Fault::invalid, "the certificate cannot be read"};
    return certificate;
}

Result<Key> read_key(const Secret& pem) {
    Key key(PEM_read_bio_PrivateKey(reader_of(pem.reveal()).get(), nullptr, no_passphrase, nullptr));
    if (!key) return Error{Fault::invalid, "the private key cannot be read"};
    return key;
}

Result<Instant> end_of(const X509* certificate) {
    std::tm time = {};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1)
        return Error{Fault::invalid, "the certificate does not say when it ends"};
    return Instant(std::chrono::seconds(timegm(&time)));
}

}  // namespace

Result<CertifiedKey> make_authority(const std::string& common_name, Instant now, Random& random) {
    const Key key = new_key();
    const Instant from = now - backdating;
    const Certificate certificate = new_certificate(key.get(), {from, from + authority_life}, random);
    X509* const itself = certificate.get();
    TRY(set_common_name(itself, common_name));
    must(X509_set_issuer_name(itself, X509_get_subject_name(itself)) == 1);
    for (const Extension& extension : {Extension{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                       Extension{NID_key_usage, "critical,keyCertSign,cRLSign"},
                                       Extension{NID_subject_key_identifier, "hash"},
                                       Extension{NID_authority_key_identifier, "keyid:always"}})
        add_extension(itself, itself, extension);
    return sign_and_write(itself, key.get(), key.get());
}

Result<CertifiedKey> issue_server(const CertifiedKey& authority, const CertificateNames& names, Instant now,
                                  Random& random) {
    const Certificate issuer = TRY(read_certificate(authority.certificate_pem));
    const Key issuer_key = TRY(read_key(authority.key_pem));
    if (X509_check_private_key(issuer.get(), issuer_key.get()) != 1)
        return Error{Fault::invalid, "the authority's certificate and private key do not belong together"};
    const Instant issuer_end = TRY(end_of(issuer.get()));
    if (issuer_end <= now) return Error{Fault::conflict, "the authority's certificate has expired"};

    const Key key = new_key();
    const Instant from = now - backdating;
    const Validity validity{from, std::min<Instant>(from + server_life, issuer_end)};
    const Certificate certificate = new_certificate(key.get(), validity, random);
    X509* const subject = certificate.get();
    TRY(set_common_name(subject, names.common_name));
    must(X509_set_issuer_name(subject, X509_get_subject_name(issuer.get())) == 1);
    TRY(add_alternatives(subject, names.alternatives));
    for (const Extension& extension :
         {Extension{NID_basic_constraints, "critical,CA:FALSE"},
          Extension{NID_key_usage, "critical,digitalSignature"}, Extension{NID_ext_key_usage, "serverAuth"},
          Extension{NID_subject_key_identifier, "hash"},
          Extension{NID_authority_key_identifier, "keyid:always"}})
        add_extension(subject, issuer.get(), extension);
    return sign_and_write(subject, issuer_key.get(), key.get());
}

Result<Instant> expiry_of(const std::string& certificate_pem) {
    const Certificate certificate = TRY(read_certificate(certificate_pem));
    return end_of(certificate.get());
}

}  // namespace countersign::crypto
