#include "crypto/thumbprint.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

using Certificate = Owned<X509, X509_free>;
using Bio = Owned<BIO, BIO_free>;

constexpr std::size_t certificate_bytes_max = 64UL * 1024;
constexpr std::size_t sha1_bytes = 20;
constexpr std::string_view pem_label = "-----BEGIN CERTIFICATE-----";

// Without it OpenSSL would ask the terminal for the passphrase of an encrypted text.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Certificate read_pem(std::string_view pem) {
    if (pem.find(pem_label) != pem.rfind(pem_label)) return nullptr;
    const Bio memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    must(memory != nullptr);
    return Certificate(PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr));
}

Certificate read_der(std::string_view der) {
    const unsigned char* from = octets(der);
    Certificate certificate(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
    return from == octets(der) + der.size() ? std::move(certificate) : nullptr;
}

Result<Certificate> read(std::string_view bytes) {
    Certificate certificate;
    if (!bytes.empty() && bytes.size() <= certificate_bytes_max)
        certificate = bytes.find(pem_label) == std::string_view::npos ? read_der(bytes) : read_pem(bytes);
    ERR_clear_error();
    if (!certificate) return Error{Fault::invalid, "the certificate cannot be read"};
    return certificate;
}

}  // namespace

std::string sha1(std::string_view bytes) {
    std::string digest(sha1_bytes, '\0');
    must(EVP_Digest(bytes.data(), bytes.size(), octets(digest), nullptr, EVP_sha1(), nullptr) == 1);
    return digest;
}

Result<std::string> certificate_der(std::string_view certificate) {
    const Certificate known = TRY(read(certificate));
    std::string der(static_cast<std::size_t>(std::max(0, i2d_X509(known.get(), nullptr))), '\0');
    unsigned char* into = octets(der);
    must(!der.empty() && i2d_X509(known.get(), &into) == static_cast<int>(der.size()));
    return der;
}

Result<std::string> certificate_pem(std::string_view certificate) {
    const Certificate known = TRY(read(certificate));
    const Bio memory(BIO_new(BIO_s_mem()));
    must(memory != nullptr && PEM_write_bio_X509(memory.get(), known.get()) == 1);
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory.get(), &data);
    return std::string(data, static_cast<std::size_t>(length));
}

Result<std::string> certificate_thumbprint(std::string_view certificate) {
    const std::string der = TRY(certificate_der(certificate));
    std::string text;
    for (const char c : sha1(der)) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

}  // namespace countersign::crypto
