// For the tests: an OpenID Connect provider that signs tokens and publishes its keys.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "crypto/test_key.h"
#include "federation/base64url.h"
#include "federation/jwt.h"
#include "formats/json.h"

namespace countersign::federation {

namespace json = formats::json;

inline const crypto::TestKey& rsa_key() {
    static const crypto::TestKey key = crypto::TestKey::rsa();
    return key;
}
inline const crypto::TestKey& other_rsa_key() {
    static const crypto::TestKey key = crypto::TestKey::rsa();
    return key;
}
inline const crypto::TestKey& ec_key() {
    static const crypto::TestKey key = crypto::TestKey::ec();
    return key;
}

inline json::object rsa_jwk(std::string_view id, const crypto::TestKey& key = rsa_key()) {
    return {{"kty", "RSA"}, {"kid", id}, {"n", base64url(key.modulus())}, {"e", base64url(key.exponent())}};
}
inline json::object ec_jwk(std::string_view id, const crypto::TestKey& key = ec_key()) {
    return {
        {"kty", "EC"}, {"crv", "P-256"}, {"kid", id}, {"x", base64url(key.x())}, {"y", base64url(key.y())}};
}
inline json::object with(json::object object, std::string_view name, json::value value) {
    object[name] = std::move(value);
    return object;
}

inline std::string jwks(json::array keys) {
    return json::serialize(json::object{{"keys", std::move(keys)}});
}
inline KeySet key_set(json::array keys) {
    auto parsed = KeySet::parse(jwks(std::move(keys)));
    EXPECT_TRUE(parsed) << parsed.error().message;
    return *std::move(parsed);
}

inline constexpr std::int64_t token_time = 1'767'225'600;  // 2026-01-01T00:00:00Z

inline json::object good_claims() {
    return {{"iss", "https://idp.example.com"},
            {"sub", "jane"},
            {"aud", "sts.amazonaws.com"},
            {"iat", token_time},
            {"exp", token_time + 600}};
}
inline Expected good_expectation(std::int64_t now = token_time) {
    return {"https://idp.example.com", {"sts.amazonaws.com", "second"}, Instant(std::chrono::seconds(now))};
}

inline std::string unsigned_token(const json::object& header, const std::string& payload) {
    return base64url(json::serialize(header)) + '.' + base64url(payload);
}
inline std::string token_of(const json::object& header, const json::object& claims) {
    const std::string text = unsigned_token(header, json::serialize(claims));
    return text + '.' + base64url(rsa_key().sign("SHA256", text));
}
inline std::string token_of(const json::object& claims) {
    return token_of({{"alg", "RS256"}, {"kid", "one"}}, claims);
}

}  // namespace countersign::federation
