#include "crypto/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

constexpr std::chrono::seconds step_length(30);
constexpr std::uint32_t code_range = 1'000'000;
constexpr std::size_t mac_bytes = 20;
constexpr std::size_t key_bytes_min = 10;  // what AWS's own devices had; RFC 4226 asks for 16 and more
constexpr std::size_t totp_key_bytes_max = 128;
constexpr std::size_t base32_bytes_max = 512;

std::optional<unsigned> base32_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return std::nullopt;
}

}  // namespace

Result<Secret> totp_key(std::string_view base32) {
    const Error malformed{Fault::invalid, "the key of the MFA device is not base32 of 10 to 128 bytes"};
    if (base32.size() > base32_bytes_max) return malformed;
    std::string bytes;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : base32) {
        if (c == ' ' || c == '=') continue;
        const auto value = base32_value(c);
        if (!value) return malformed;
        bits = (bits << 5 | *value) & 0xFFF;
        held += 5;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 0xFF);
    }
    Secret key(std::move(bytes));
    if (key.reveal().size() < key_bytes_min || key.reveal().size() > totp_key_bytes_max) return malformed;
    return key;
}

std::uint64_t totp_step(Instant now) {
    const auto elapsed = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    return elapsed.count() < 0 ? 0 : static_cast<std::uint64_t>(elapsed / step_length);
}

std::string totp_code(const Secret& key, std::uint64_t step) {
    std::array<unsigned char, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i)
        counter.at(counter.size() - 1 - i) = static_cast<unsigned char>(step >> (8 * i));
    std::array<unsigned char, mac_bytes> mac{};
    const WipedAtEnd wiped(mac.data(), mac.size());
    std::size_t length = 0;
    must(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, key.reveal().data(), key.reveal().size(),
                   counter.data(), counter.size(), mac.data(), mac.size(), &length) != nullptr &&
         length == mac.size());
    // RFC 4226, 5.3: 31 bits of the MAC, from where its last four bits say.
    const std::size_t at = mac.back() & 0x0FU;
    const std::uint32_t number = (mac.at(at) & 0x7FU) << 24 |
                                 static_cast<std::uint32_t>(mac.at(at + 1)) << 16 |
                                 static_cast<std::uint32_t>(mac.at(at + 2)) << 8 | mac.at(at + 3);
    return fmt::format("{:06}", number % code_range);
}

std::optional<std::uint64_t> matching_totp_step(const Secret& key, std::string_view code, Instant now) {
    const std::uint64_t present = totp_step(now);
    std::optional<std::uint64_t> matching;
    if (key.empty()) return matching;
    for (const std::uint64_t step : {present + 1, present, present == 0 ? 0 : present - 1})
        if (same_secret(totp_code(key, step), code)) matching = step;
    return matching;
}

}  // namespace countersign::crypto
