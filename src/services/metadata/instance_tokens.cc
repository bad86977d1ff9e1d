#include "services/metadata/instance_tokens.h"

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/encoding.h"

namespace countersign::metadata {

namespace {

constexpr std::chrono::seconds life_max(21'600);
constexpr std::size_t key_bytes = 32;
constexpr std::size_t salt_bytes = 8;
constexpr std::size_t end_bytes = sizeof(std::uint64_t);
constexpr std::size_t payload_digits = 2 * (end_bytes + salt_bytes);
constexpr std::size_t token_digits = payload_digits + 2 * crypto::digest_bytes;

std::string bytes_of(std::uint64_t number) {
    std::string bytes(end_bytes, '\0');
    for (std::size_t i = end_bytes; i-- > 0; number >>= 8U) bytes[i] = static_cast<char>(number & 0xFFU);
    return bytes;
}

std::uint64_t number_of(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes.substr(0, end_bytes))
        number = (number << 8U) | static_cast<unsigned char>(byte);
    return number;
}

std::uint64_t milliseconds_of(Instant instant) {
    return static_cast<std::uint64_t>(instant.time_since_epoch().count());
}

}  // namespace

std::optional<std::chrono::seconds> parse_token_life(std::string_view text) {
    const auto seconds = parse_number<std::uint32_t>(text);
    if (!seconds || *seconds == 0 || *seconds > life_max.count()) return std::nullopt;
    return std::chrono::seconds(*seconds);
}

InstanceTokens::InstanceTokens(crypto::Random& random) : random_(random), key_(random.bytes(key_bytes)) {}

std::string InstanceTokens::issue(Instant now, std::chrono::seconds life) const {
    const std::string payload =
        formats::hex(bytes_of(milliseconds_of(now + life)) + random_.bytes(salt_bytes));
    return payload + formats::hex(crypto::hmac_sha256(key_, payload).reveal());
}

bool InstanceTokens::is_good(std::string_view token, Instant now) const {
    if (token.size() != token_digits) return false;
    const std::string_view payload = token.substr(0, payload_digits);
    const std::string signature = formats::hex(crypto::hmac_sha256(key_, payload).reveal());
    if (!crypto::same_secret(signature, token.substr(payload_digits))) return false;
    const Result<std::string> bytes = formats::from_hex(payload);
    return bytes && milliseconds_of(now) < number_of(*bytes);
}

}  // namespace countersign::metadata
