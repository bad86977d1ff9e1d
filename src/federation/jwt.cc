#include "federation/jwt.h"

#include <fmt/format.h>

#include <algorithm>

#include "federation/base64url.h"
#include "federation/claims.h"
#include "federation/errors.h"
#include "federation/token_tags.h"

namespace countersign::federation {

namespace json = formats::json;

namespace {

constexpr std::size_t audiences_max = 100;
constexpr std::size_t subject_bytes_max = 2048;

Error not_a_jwt() {
    return invalid_token(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
}

Error missing(std::string_view claim) {
    return invalid_token(fmt::format("Missing a required claim: {}", claim));
}

// The three parts of a compact JWS, decoded, and what is signed.
struct Parts {
    json::object header;
    json::object payload;
    std::string signature;
    std::string_view signed_text;
};

Result<json::object> json_part(std::string_view part) {
    const auto text = from_base64url(part);
    if (!text) return not_a_jwt();
    auto value = formats::parse_json(*text);
    if (!value || !value->is_object()) return not_a_jwt();
    return std::move(value->get_object());
}

Result<Parts> parts_of(std::string_view token) {
    if (token.size() > jwt_bytes_max || std::ranges::count(token, '.') != 2) return not_a_jwt();
    const std::size_t first = token.find('.');
    const std::size_t second = token.rfind('.');
    auto signature = from_base64url(token.substr(second + 1));
    if (!signature) return not_a_jwt();
    Parts parts;
    parts.header = TRY(json_part(token.substr(0, first)));
    parts.payload = TRY(json_part(token.substr(first + 1, second - first - 1)));
    parts.signature = *std::move(signature);
    parts.signed_text = token.substr(0, second);
    return parts;
}

Result<std::optional<std::string>> key_id_of(const json::object& header) {
    if (!header.if_contains("kid")) return std::optional<std::string>();
    const auto id = text_member(header, "kid");
    if (!id) return not_a_jwt();
    return std::optional<std::string>(*id);
}

// The one gate: an algorithm of the table, a key of the provider's that fits it, a signature that verifies.
Result<void> check_signature(const Parts& parts, const KeySet& keys) {
    // Extensions that must be understood, and none is (RFC 7515, 4.1.11).
    if (parts.header.if_contains("crit")) return not_a_jwt();
    const auto algorithm = algorithm_of(text_member(parts.header, "alg").value_or(""));
    if (!algorithm) return invalid_token("The token is not signed by a supported algorithm");
    const auto id = TRY(key_id_of(parts.header));
    const crypto::PublicKey* const key = keys.find(id, *algorithm);
    if (!key)
        return invalid_token(
            "Couldn't retrieve verification key from your identity provider, please reference "
            "AssumeRoleWithWebIdentity documentation for requirements");
    if (!key->verify(*algorithm, parts.signed_text, parts.signature))
        return invalid_token("The token's signature is not valid");
    return {};
}

std::int64_t seconds_of(Instant instant) {
    return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

// Gives the moment of expiry.
Result<Instant> check_times(const json::object& payload, Instant now) {
    const auto expires = time_member(payload, "exp");
    const auto issued = time_member(payload, "iat");
    if (!expires) return missing("exp");
    if (!issued) return missing("iat");
    if (now >= *expires + jwt_skew_max)
        return expired_token(
            fmt::format("Token expired: current date/time {} must be before the expiration date/time {}",
                        seconds_of(now), seconds_of(*expires)));
    if (*issued > now + jwt_skew_max) return invalid_token("The token was issued in the future");
    if (!payload.if_contains("nbf")) return *expires;
    const auto begins = time_member(payload, "nbf");
    if (!begins) return invalid_token("The claim nbf is not a time");
    if (*begins > now + jwt_skew_max) return invalid_token("The token is not valid yet");
    return *expires;
}

// The audience that policies see: who was authorized, if the token says it. Without that, nobody may be among
// the audiences whom the provider's owner has not registered (OpenID Connect Core, 3.1.3.7).
Result<std::string> accepted_audience(const std::vector<std::string>& audiences,
                                      std::string_view authorized_party, const Expected& expected) {
    const auto is_registered = [&](const std::string& audience) {
        return expected.audiences.contains(audience);
    };
    const Error incorrect = invalid_token("Incorrect token audience");
    if (!authorized_party.empty()) {
        std::string party(authorized_party);
        if (!is_registered(party)) return incorrect;
        return party;
    }
    if (!std::ranges::all_of(audiences, is_registered)) return incorrect;
    return audiences.front();
}

Result<std::string> authorized_party_of(const json::object& payload) {
    if (!payload.if_contains("azp")) return std::string();
    const auto party = text_member(payload, "azp");
    if (!party || party->empty()) return invalid_token("The claim azp is not a text");
    return std::string(*party);
}

Result<std::vector<std::string>> audiences_of(const json::object& payload) {
    auto audiences = texts_of(payload.if_contains("aud"));
    if (!audiences || audiences->empty() || audiences->size() > audiences_max || audiences->front().empty())
        return missing("aud");
    return *std::move(audiences);
}

Result<std::vector<std::string>> methods_of(const json::object& payload) {
    if (!payload.if_contains("amr")) return std::vector<std::string>();
    auto methods = texts_of(payload.if_contains("amr"));
    if (!methods) return invalid_token("The claim amr is not a list of texts");
    return *std::move(methods);
}

std::map<std::string, std::vector<std::string>> text_claims(const json::object& payload) {
    std::map<std::string, std::vector<std::string>> claims;
    for (const auto& [name, value] : payload)
        if (auto texts = texts_of(&value))
            claims.emplace(std::string(name), *std::move(texts));
        else if (value.is_bool())
            claims.emplace(std::string(name), std::vector<std::string>{value.get_bool() ? "true" : "false"});
    return claims;
}

}  // namespace

Result<VerifiedToken> verify_jwt(std::string_view token, const KeySet& keys, const Expected& expected) {
    const Parts parts = TRY(parts_of(token));
    begin(expected.progress, Check::signature);
    TRY(check_signature(parts, keys));
    const json::object& payload = parts.payload;

    VerifiedToken verified;
    begin(expected.progress, Check::issuer);
    verified.issuer_ = std::string(text_member(payload, "iss").value_or(""));
    if (verified.issuer_.empty()) return missing("iss");
    if (verified.issuer_ != expected.issuer) return invalid_token("Incorrect token issuer");
    begin(expected.progress, Check::expiry);
    verified.expires_ = TRY(check_times(payload, expected.now));
    begin(expected.progress, Check::subject);
    verified.subject_ = std::string(text_member(payload, "sub").value_or(""));
    if (verified.subject_.empty() || verified.subject_.size() > subject_bytes_max) return missing("sub");
    begin(expected.progress, Check::audience);
    verified.original_audiences_ = TRY(audiences_of(payload));
    verified.authorized_party_ = TRY(authorized_party_of(payload));
    verified.audience_ =
        TRY(accepted_audience(verified.original_audiences_, verified.authorized_party_, expected));
    begin(expected.progress, Check::session);
    verified.methods_ = TRY(methods_of(payload));
    verified.session_ = TRY(session_context_of(payload));
    verified.claims_ = text_claims(payload);
    return verified;
}

Result<UnverifiedOrigin> unverified_origin(std::string_view token) {
    const Parts parts = TRY(parts_of(token));
    UnverifiedOrigin origin;
    origin.claimed_issuer = std::string(text_member(parts.payload, "iss").value_or(""));
    if (origin.claimed_issuer.empty()) return missing("iss");
    origin.claimed_key_id = TRY(key_id_of(parts.header));
    return origin;
}

Result<std::string> claimed_issuer(std::string_view token) {
    UnverifiedOrigin origin = TRY(unverified_origin(token));
    return std::move(origin.claimed_issuer);
}

Result<UnverifiedToken> unverified_token(std::string_view token) {
    const Parts parts = TRY(parts_of(token));
    return UnverifiedToken{json::serialize(parts.header), json::serialize(parts.payload)};
}

}  // namespace countersign::federation
