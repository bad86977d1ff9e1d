#include "federation/jwks.h"

#include <gtest/gtest.h>

#include "federation/test_tokens.h"

namespace countersign::federation {
namespace {

using crypto::SignatureAlgorithm;

TEST(Base64Url, GoesBothWaysAndIsStrict) {
    const std::string bytes("\xFB\xFF\x00\x01", 4);
    EXPECT_EQ(base64url(bytes), "-_8AAQ");
    for (const std::string& text : {std::string(), std::string("a"), bytes, std::string(257, '\xFE')}) {
        const auto back = from_base64url(base64url(text));
        ASSERT_TRUE(back);
        EXPECT_EQ(*back, text);
    }
    for (const char* text : {"-_8AAQ==", "+/8AAQ", "a", "-_8AAR", "-_8 AAQ", "YQ\n", "Y\xC3\xA9"})
        EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Algorithm, IsKnownByItsExactNameOnly) {
    for (const char* name : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
        EXPECT_TRUE(algorithm_of(name)) << name;
    for (const char* name : {"", "none", "None", "NONE", "HS256", "HS384", "HS512", "rs256", "RS256 ", "RS1",
                             "ES256K", "EdDSA", "RSA-OAEP", "dir"})
        EXPECT_FALSE(algorithm_of(name)) << name;
}

TEST(KeySet, FindsByIdAndFamily) {
    const KeySet keys = key_set({rsa_jwk("one"), ec_jwk("two")});
    EXPECT_EQ(keys.size(), 2U);
    EXPECT_TRUE(keys.find("one", SignatureAlgorithm::rs256));
    EXPECT_TRUE(keys.find("one", SignatureAlgorithm::ps512));
    EXPECT_FALSE(keys.find("one", SignatureAlgorithm::es256));
    EXPECT_TRUE(keys.find("two", SignatureAlgorithm::es256));
    EXPECT_FALSE(keys.find("two", SignatureAlgorithm::es384));
    EXPECT_FALSE(keys.find("two", SignatureAlgorithm::rs256));
    EXPECT_FALSE(keys.find("three", SignatureAlgorithm::rs256));
    EXPECT_FALSE(keys.find("", SignatureAlgorithm::rs256));
    EXPECT_TRUE(keys.has("two"));
    EXPECT_FALSE(keys.has("three"));
}

TEST(KeySet, WithoutAnIdOnlyTheOneKeyThatFits) {
    EXPECT_TRUE(key_set({rsa_jwk("one"), ec_jwk("two")}).find({}, SignatureAlgorithm::rs256));
    EXPECT_FALSE(
        key_set({rsa_jwk("one"), rsa_jwk("two", other_rsa_key())}).find({}, SignatureAlgorithm::rs256));
    EXPECT_FALSE(key_set({ec_jwk("two")}).find({}, SignatureAlgorithm::rs256));
    EXPECT_FALSE(key_set({}).find({}, SignatureAlgorithm::rs256));
}

TEST(KeySet, TwoKeysOfOneIdMustBeOfDifferentKinds) {
    const KeySet mixed = key_set({rsa_jwk("one"), ec_jwk("one")});
    EXPECT_TRUE(mixed.find("one", SignatureAlgorithm::rs256));
    EXPECT_TRUE(mixed.find("one", SignatureAlgorithm::es256));
    const KeySet same = key_set({rsa_jwk("one"), rsa_jwk("one", other_rsa_key())});
    EXPECT_FALSE(same.find("one", SignatureAlgorithm::rs256));
}

TEST(KeySet, HonoursWhatAKeyIsFor) {
    const KeySet only = key_set({with(rsa_jwk("one"), "alg", "RS256")});
    EXPECT_TRUE(only.find("one", SignatureAlgorithm::rs256));
    EXPECT_FALSE(only.find("one", SignatureAlgorithm::rs512));
    EXPECT_EQ(key_set({with(rsa_jwk("one"), "use", "sig")}).size(), 1U);
    EXPECT_EQ(key_set({with(rsa_jwk("one"), "key_ops", json::array{"sign", "verify"})}).size(), 1U);
}

TEST(KeySet, PassesOverWhatCannotVerify) {
    const std::vector<json::value> useless{
        with(rsa_jwk("one"), "use", "enc"),
        with(rsa_jwk("one"), "use", 1),
        with(rsa_jwk("one"), "key_ops", json::array{"encrypt"}),
        with(rsa_jwk("one"), "key_ops", "verify"),
        with(rsa_jwk("one"), "alg", "HS256"),
        with(rsa_jwk("one"), "alg", "RSA-OAEP"),
        with(rsa_jwk("one"), "alg", "ES256"),
        with(rsa_jwk("one"), "alg", nullptr),
        with(rsa_jwk("one"), "kty", "oct"),
        with(rsa_jwk("one"), "kty", "EC"),
        with(rsa_jwk("one"), "kty", 1),
        with(rsa_jwk("one"), "n", ""),
        with(rsa_jwk("one"), "e", "AQ"),
        with(rsa_jwk("one"), "n", json::string(base64url(std::string(128, '\xFF')))),
        with(ec_jwk("one"), "crv", "secp256k1"),
        with(ec_jwk("one"), "crv", "P-384"),
        with(ec_jwk("one"), "y", json::string(base64url(std::string(32, '\x01')))),
        json::object{{"kty", "oct"}, {"kid", "one"}, {"k", "c2VjcmV0"}},
        json::object{
            {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}},
        json::object{},
        "a text",
        nullptr};
    for (const json::value& entry : useless) {
        const KeySet keys = key_set({entry, ec_jwk("good")});
        EXPECT_EQ(keys.size(), 1U) << json::serialize(entry);
        EXPECT_TRUE(keys.has("good"));
    }
}

TEST(KeySet, RefusesWhatIsNotAKeySetOrTooLarge) {
    json::array many;
    for (std::size_t i = 0; i <= jwks_keys_max; ++i) many.push_back(ec_jwk(std::to_string(i)));
    for (const std::string& text :
         {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"),
          std::string(R"({"keys":[],"keys":[]})"), std::string(jwks_bytes_max + 1, ' '), jwks(many)}) {
        const auto keys = KeySet::parse(text);
        ASSERT_FALSE(keys) << text.substr(0, 40);
        EXPECT_EQ(keys.error().code, "InvalidIdentityToken");
    }
    many.pop_back();
    EXPECT_EQ(key_set(many).size(), jwks_keys_max);
}

}  // namespace
}  // namespace countersign::federation
