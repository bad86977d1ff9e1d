#include "federation/jwks.h"

#include <algorithm>
#include <array>

#include "federation/base64url.h"
#include "federation/claims.h"
#include "federation/errors.h"
#include "formats/json.h"

namespace countersign::federation {

namespace {

using crypto::PublicKey;
using crypto::SignatureAlgorithm;
using formats::json::object;

struct AlgorithmName {
    std::string_view name;
    SignatureAlgorithm algorithm;
};
constexpr std::array algorithms{
    AlgorithmName{"RS256", SignatureAlgorithm::rs256}, AlgorithmName{"RS384", SignatureAlgorithm::rs384},
    AlgorithmName{"RS512", SignatureAlgorithm::rs512}, AlgorithmName{"PS256", SignatureAlgorithm::ps256},
    AlgorithmName{"PS384", SignatureAlgorithm::ps384}, AlgorithmName{"PS512", SignatureAlgorithm::ps512},
    AlgorithmName{"ES256", SignatureAlgorithm::es256}, AlgorithmName{"ES384", SignatureAlgorithm::es384},
    AlgorithmName{"ES512", SignatureAlgorithm::es512}};

struct CurveName {
    std::string_view name;
    crypto::Curve curve;
};
constexpr std::array curves{CurveName{"P-256", crypto::Curve::p256}, CurveName{"P-384", crypto::Curve::p384},
                            CurveName{"P-521", crypto::Curve::p521}};

// The bytes of a base64url member; empty when it is missing or malformed, which no key accepts.
std::string bytes_of(const object& jwk, std::string_view name) {
    const auto text = text_member(jwk, name);
    auto bytes = from_base64url(text ? *text : std::string_view());
    return bytes ? *std::move(bytes) : std::string();
}

// Absent members allow everything; present ones must be well-formed and allow verifying.
bool may_verify(const object& jwk) {
    const auto* use = jwk.if_contains("use");
    if (use && !(use->is_string() && use->get_string() == "sig")) return false;
    const auto* operations = jwk.if_contains("key_ops");
    if (!operations) return true;
    return operations->is_array() && std::ranges::any_of(operations->get_array(), [](const auto& operation) {
               return operation.is_string() && operation.get_string() == "verify";
           });
}

Result<PublicKey> key_of(const object& jwk, std::string_view kind) {
    if (kind == "RSA") return PublicKey::from_rsa(bytes_of(jwk, "n"), bytes_of(jwk, "e"));
    const auto curve = std::ranges::find(curves, text_member(jwk, "crv").value_or(""), &CurveName::name);
    if (kind != "EC" || curve == curves.end()) return Error{Fault::unsupported, "another kind of key"};
    return PublicKey::from_ec(curve->curve, bytes_of(jwk, "x"), bytes_of(jwk, "y"));
}

}  // namespace

std::optional<SignatureAlgorithm> algorithm_of(std::string_view jose_name) {
    const auto found = std::ranges::find(algorithms, jose_name, &AlgorithmName::name);
    if (found == algorithms.end()) return std::nullopt;
    return found->algorithm;
}

Result<KeySet> KeySet::parse(std::string_view json) {
    if (json.size() > jwks_bytes_max) return invalid_token("The identity provider's key set is too large");
    const auto document = formats::parse_json(json);
    const auto* root = document ? document->if_object() : nullptr;
    const auto* keys = root ? root->if_contains("keys") : nullptr;
    if (!keys || !keys->is_array()) return invalid_token("The identity provider's key set is not a JWKS");

    KeySet set;
    std::size_t rsa_keys = 0;
    for (const auto& value : keys->get_array()) {
        const auto* jwk = value.if_object();
        if (!jwk || !may_verify(*jwk)) continue;
        const auto* name = jwk->if_contains("alg");
        const auto only = algorithm_of(text_member(*jwk, "alg").value_or(""));
        if (name && !only) continue;
        const std::string_view kind = text_member(*jwk, "kty").value_or("");
        auto key = key_of(*jwk, kind);
        if (!key || (only && !key->fits(*only))) continue;
        rsa_keys += kind == "RSA" ? 1 : 0;
        set.keys_.push_back({std::string(text_member(*jwk, "kid").value_or("")), only, *std::move(key)});
        if (rsa_keys > jwks_keys_max || set.keys_.size() - rsa_keys > jwks_keys_max)
            return invalid_token("The identity provider's key set has more than 100 keys of one kind");
    }
    return set;
}

const PublicKey* KeySet::find(const std::optional<std::string>& id, SignatureAlgorithm algorithm) const {
    const Entry* found = nullptr;
    for (const Entry& entry : keys_) {
        const bool is_named = !id || (!id->empty() && entry.id == *id);
        if (!is_named || !entry.key.fits(algorithm) || (entry.only && *entry.only != algorithm)) continue;
        if (found) return nullptr;
        found = &entry;
    }
    return found ? &found->key : nullptr;
}

bool KeySet::has(std::string_view id) const {
    return std::ranges::any_of(keys_, [id](const Entry& entry) { return entry.id == id; });
}

}  // namespace countersign::federation
