#include "crypto/ssh_key.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "base/wrapping.h"
#include "crypto/openssl.h"
#include "crypto/public_key.h"

namespace countersign::crypto {

namespace {

using Bio = Owned<BIO, BIO_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Number = Owned<BIGNUM, BN_free>;

constexpr std::size_t text_bytes_max = 16UL * 1024;
constexpr std::string_view family = "ssh-rsa";
constexpr std::size_t length_bytes = 4;

// Big-endian, without leading zeros.
struct RsaNumbers {
    std::string modulus;
    std::string exponent;
};

Error malformed() {
    return {Fault::invalid, "the SSH public key is malformed"};
}

Error unknown_form() {
    return {Fault::unsupported, "the SSH public key is neither ssh-rsa nor PEM of an RSA key"};
}

// A string of RFC 4251, section 5, taken off the front of the bytes; nothing when they are too few.
std::optional<std::string_view> take(std::string_view& bytes) {
    if (bytes.size() < length_bytes) return std::nullopt;
    std::size_t length = 0;
    for (const unsigned char c : bytes.substr(0, length_bytes)) length = length << 8 | c;
    bytes.remove_prefix(length_bytes);
    if (bytes.size() < length) return std::nullopt;
    const std::string_view taken = bytes.substr(0, length);
    bytes.remove_prefix(length);
    return taken;
}

void put(std::string& bytes, std::string_view text) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(text.size() >> shift & 0xFF);
    bytes += text;
}

// A number is positive, so its first bit is never set.
void put_number(std::string& bytes, const std::string& number) {
    const bool is_negative = (static_cast<unsigned char>(number.front()) & 0x80) != 0;
    put(bytes, (is_negative ? std::string(1, '\0') : std::string()) + number);
}

std::string without_zeros(std::string_view number) {
    number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size()));
    return std::string(number);
}

Result<RsaNumbers> of_line(std::string_view text) {
    text.remove_prefix(family.size());
    text = trimmed(text);
    const auto bytes = bytes_of_base64(text.substr(0, text.find_first_of(" \t\r\n")));
    if (!bytes || text.find_first_of("\r\n") != std::string_view::npos) return malformed();
    std::string_view rest = *bytes;
    const auto name = take(rest);
    const auto exponent = take(rest);
    const auto modulus = take(rest);
    if (!name || !exponent || !modulus || *name != family || !rest.empty()) return malformed();
    return RsaNumbers{without_zeros(*modulus), without_zeros(*exponent)};
}

std::string number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* found = nullptr;
    must(EVP_PKEY_get_bn_param(key, name, &found) == 1);
    const Number number(found);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(found)), '\0');
    BN_bn2bin(found, octets(bytes));
    return bytes;
}

Result<RsaNumbers> of_pem(std::string_view text) {
    if (text.rfind("-----BEGIN") != 0) return malformed();
    EVP_PKEY* read = nullptr;
    const Owned<OSSL_DECODER_CTX, OSSL_DECODER_CTX_free> decoder(
        OSSL_DECODER_CTX_new_for_pkey(&read, "PEM", nullptr, nullptr, EVP_PKEY_PUBLIC_KEY, nullptr, nullptr));
    const Bio memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    must(decoder != nullptr && memory != nullptr);
    const bool is_read = OSSL_DECODER_from_bio(decoder.get(), memory.get()) == 1;
    const Key key(read);
    ERR_clear_error();
    if (!is_read || !key) return malformed();
    if (EVP_PKEY_is_a(key.get(), "RSA") != 1) return unknown_form();
    return RsaNumbers{number_of(key.get(), OSSL_PKEY_PARAM_RSA_N),
                      number_of(key.get(), OSSL_PKEY_PARAM_RSA_E)};
}

std::string pem_of(const RsaNumbers& numbers) {
    const auto number = [](const std::string& bytes) {
        return Number(BN_bin2bn(octets(std::string_view(bytes)), static_cast<int>(bytes.size()), nullptr));
    };
    const Number n = number(numbers.modulus);
    const Number e = number(numbers.exponent);
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    must(builder != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
         OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
    const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    must(parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
    EVP_PKEY* made = nullptr;
    must(EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1);
    const Key key(made);
    const Bio memory(BIO_new(BIO_s_mem()));
    must(memory != nullptr && PEM_write_bio_PUBKEY(memory.get(), key.get()) == 1);
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(length)};
}

// MD5 names the key as AWS does; nothing is authenticated by it.
Result<std::string> fingerprint_of(const std::string& bytes) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), octets(digest), &length, EVP_md5(), nullptr) != 1) {
        ERR_clear_error();
        return Error{Fault::unsupported, "this machine has no MD5"};
    }
    digest.resize(length);
    std::string text;
    for (const char c : digest)
        text += fmt::format("{}{:02x}", text.empty() ? "" : ":", static_cast<unsigned char>(c));
    return text;
}

}  // namespace

Result<SshKey> read_ssh_key(std::string_view text) {
    text = without_wrapping(text);
    if (text.size() > text_bytes_max) return malformed();
    SshKey key;
    key.came_as_pem =
        text.starts_with("-----BEGIN PUBLIC KEY-----") || text.starts_with("-----BEGIN RSA PUBLIC KEY-----");
    const bool is_line = text.starts_with("ssh-rsa ") || text.starts_with("ssh-rsa\t");
    if (!key.came_as_pem && !is_line) return unknown_form();
    const RsaNumbers numbers = TRY(key.came_as_pem ? of_pem(text) : of_line(text));
    TRY(PublicKey::from_rsa(numbers.modulus, numbers.exponent));
    std::string bytes;
    put(bytes, family);
    put_number(bytes, numbers.exponent);
    put_number(bytes, numbers.modulus);
    key.line = std::string(family) + ' ' + to_base64(bytes);
    key.pem = pem_of(numbers);
    key.fingerprint = TRY(fingerprint_of(bytes));
    return key;
}

}  // namespace countersign::crypto
