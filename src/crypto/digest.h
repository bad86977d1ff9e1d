// SHA-256 and HMAC-SHA-256 by OpenSSL. Digests are 32 raw bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace countersign::crypto {

inline constexpr std::size_t digest_bytes = 32;

std::string sha256(std::string_view bytes);                       // raw
std::string sha256_hex(std::string_view bytes);                   // 64 lower-case hex digits
Secret hmac_sha256(const Secret& key, std::string_view message);  // raw

// True when both are equal; the time taken depends on the lengths only.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace countersign::crypto
