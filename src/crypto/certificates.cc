#include "crypto/certificates.h"

#include <arpa/inet.h>
#include <openssl/err.h>
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
using Request = Owned<X509_REQ, X509_REQ_free>;
using AlternativeNames = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;

constexpr days backdating(1);  // for clients whose clock is behind
constexpr days authority_life(3652);
constexpr days server_life(365);
constexpr std::size_t serial_bytes = 16;
constexpr int key_bits = 256;  // of P-256
constexpr std::size_t request_bytes_max = 16UL * 1024;
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

Result<void> add_to_subject(X509* certificate, int kind, const std::string& name) {
    const bool is_printable =
        std::ranges::none_of(name, [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
    if (name.empty() || name.size() > common_name_bytes_max || !is_printable)
        return Error{Fault::invalid, "a name in a certificate has 1 to 64 printable characters"};
    const int added = X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), kind, MBSTRING_UTF8,
                                                 octets(name), static_cast<int>(name.size()), -1, 0);
    if (added != 1) return Error{Fault::invalid, "a name in a certificate is not UTF-8"};
    return {};
}

Result<void> set_common_name(X509* certificate, const std::string& name) {
    return add_to_subject(certificate, NID_commonName, name);
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

std::string sign_and_write(X509* certificate, EVP_PKEY* signer) {
    must(X509_sign(certificate, signer, EVP_sha256()) > 0);
    const Bio text(BIO_new(BIO_s_mem()));
    must(text != nullptr && PEM_write_bio_X509(text.get(), certificate) == 1);
    return std::string(contents(text.get()));
}

Secret write_key(EVP_PKEY* key) {
    const Bio text(BIO_new(BIO_s_secmem()));  // wiped when it is released
    must(text != nullptr &&
         PEM_write_bio_PrivateKey(text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return Secret(contents(text.get()));
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

// An authority that may still issue.
struct Issuer {
    Certificate certificate;
    Key key;
    Instant until;
};

Result<Issuer> read_issuer(const CertifiedKey& authority, Instant now) {
    Issuer issuer;
    issuer.certificate = TRY(read_certificate(authority.certificate_pem));
    issuer.key = TRY(read_key(authority.key_pem));
    issuer.until = TRY(end_of(issuer.certificate.get()));
    if (X509_check_private_key(issuer.certificate.get(), issuer.key.get()) != 1)
        return Error{Fault::invalid, "the authority's certificate and private key do not belong together"};
    if (issuer.until <= now) return Error{Fault::conflict, "the authority's certificate has expired"};
    return issuer;
}

struct Life {
    Instant now;
    std::chrono::seconds length;
};

// All that certificates of servers and clients have alike; names and use are still to be added.
Certificate issued_certificate(const Issuer& issuer, EVP_PKEY* key, const Life& life, Random& random) {
    const Validity validity{life.now - backdating, std::min<Instant>(life.now + life.length, issuer.until)};
    Certificate certificate = new_certificate(key, validity, random);
    X509* const subject = certificate.get();
    must(X509_set_issuer_name(subject, X509_get_subject_name(issuer.certificate.get())) == 1);
    for (const Extension& extension : {Extension{NID_basic_constraints, "critical,CA:FALSE"},
                                       Extension{NID_key_usage, "critical,digitalSignature"},
                                       Extension{NID_subject_key_identifier, "hash"},
                                       Extension{NID_authority_key_identifier, "keyid:always"}})
        add_extension(subject, issuer.certificate.get(), extension);
    return certificate;
}

// The key of a request, whose holder proves by signing the request to have it.
Result<Key> requested_key(const std::string& request_pem) {
    const Error unreadable{Fault::invalid, "the certificate request cannot be read"};
    if (request_pem.size() > request_bytes_max) return unreadable;
    const Request request(
        PEM_read_bio_X509_REQ(reader_of(request_pem).get(), nullptr, no_passphrase, nullptr));
    Key key(request ? X509_REQ_get_pubkey(request.get()) : nullptr);
    const bool proven = key && EVP_PKEY_is_a(key.get(), "EC") == 1 &&
                        EVP_PKEY_get_bits(key.get()) == key_bits &&
                        X509_REQ_verify(request.get(), key.get()) == 1;
    ERR_clear_error();
    if (!proven) return unreadable;
    return key;
}

// An attribute of a subject; empty when it is absent or there twice.
std::string subject_text(const X509_NAME* subject, int kind) {
    const int place = X509_NAME_get_index_by_NID(subject, kind, -1);
    if (place < 0 || X509_NAME_get_index_by_NID(subject, kind, place) >= 0) return {};
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
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
    return CertifiedKey{sign_and_write(itself, key.get()), write_key(key.get())};
}

Result<CertifiedKey> issue_server(const CertifiedKey& authority, const CertificateNames& names, Instant now,
                                  Random& random) {
    const Issuer issuer = TRY(read_issuer(authority, now));
    const Key key = new_key();
    const Certificate certificate =
        issued_certificate(issuer, key.get(), {now, server_life - backdating}, random);
    X509* const subject = certificate.get();
    TRY(set_common_name(subject, names.common_name));
    TRY(add_alternatives(subject, names.alternatives));
    add_extension(subject, issuer.certificate.get(), {NID_ext_key_usage, "serverAuth"});
    return CertifiedKey{sign_and_write(subject, issuer.key.get()), write_key(key.get())};
}

RequestedKey request_certificate() {
    const Key key = new_key();
    const Request request(X509_REQ_new());
    must(request != nullptr && X509_REQ_set_pubkey(request.get(), key.get()) == 1);
    must(X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0);
    const Bio text(BIO_new(BIO_s_mem()));
    must(text != nullptr && PEM_write_bio_X509_REQ(text.get(), request.get()) == 1);
    return {std::string(contents(text.get())), write_key(key.get())};
}

Result<std::string> issue_client(const CertifiedKey& authority, const ClientOrder& order, Instant now,
                                 Random& random) {
    const Issuer issuer = TRY(read_issuer(authority, now));
    const Key key = TRY(requested_key(order.request_pem));
    const Certificate certificate = issued_certificate(issuer, key.get(), {now, order.life}, random);
    X509* const subject = certificate.get();
    TRY(set_common_name(subject, order.name.common_name));
    TRY(add_to_subject(subject, NID_serialNumber, order.name.serial));
    add_extension(subject, issuer.certificate.get(), {NID_ext_key_usage, "clientAuth"});
    return sign_and_write(subject, issuer.key.get());
}

Result<ClientName> client_name_of(const std::string& certificate_pem) {
    const Certificate certificate = TRY(read_certificate(certificate_pem));
    const X509_NAME* subject = X509_get_subject_name(certificate.get());
    ClientName name{subject_text(subject, NID_commonName), subject_text(subject, NID_serialNumber)};
    if (name.common_name.empty() || name.serial.empty())
        return Error{Fault::invalid, "the certificate is no client's"};
    return name;
}

Result<Instant> expiry_of(const std::string& certificate_pem) {
    const Certificate certificate = TRY(read_certificate(certificate_pem));
    return end_of(certificate.get());
}

}  // namespace countersign::crypto
