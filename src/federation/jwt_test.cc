#include "federation/jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "federation/test_tokens.h"

namespace countersign::federation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const KeySet& published() {
    static const KeySet keys = key_set({rsa_jwk("one"), ec_jwk("two")});
    return keys;
}

// The code of the refusal, or what was expected not to happen.
std::string code_of(const Result<VerifiedToken>& result) {
    return result ? "accepted" : result.error().code;
}
std::string code_of_claims(const json::object& claims, std::int64_t now = token_time) {
    return code_of(verify_jwt(token_of(claims), published(), good_expectation(now)));
}
std::string code_of_token(const std::string& token) {
    return code_of(verify_jwt(token, published(), good_expectation()));
}
std::string code_of_header(const json::object& header) {
    return code_of_token(token_of(header, good_claims()));
}

VerifiedToken accepted(const json::object& claims) {
    auto result = verify_jwt(token_of(claims), published(), good_expectation());
    if (!result) ADD_FAILURE() << result.error().message;
    return *std::move(result);
}

json::object without(json::object claims, std::string_view name) {
    claims.erase(name);
    return claims;
}

TEST(Jwt, GivesWhatAGoodTokenSays) {
    const VerifiedToken token =
        accepted(with(with(good_claims(), "amr", json::array{"mfa", "pwd"}), "email", "j@x"));
    EXPECT_EQ(token.issuer(), "https://idp.example.com");
    EXPECT_EQ(token.subject(), "jane");
    EXPECT_EQ(token.audience(), "sts.amazonaws.com");
    EXPECT_THAT(token.original_audiences(), ElementsAre("sts.amazonaws.com"));
    EXPECT_EQ(token.authorized_party(), "");
    EXPECT_THAT(token.methods(), ElementsAre("mfa", "pwd"));
    EXPECT_EQ(token.expires(), Instant(std::chrono::seconds(token_time + 600)));
    EXPECT_THAT(token.claims().at("email"), ElementsAre("j@x"));
    EXPECT_FALSE(token.claims().contains("exp"));
    EXPECT_THAT(token.session().principal_tags, IsEmpty());
    EXPECT_EQ(token.session().source_identity, "");
}

TEST(Jwt, TakesEverySupportedAlgorithm) {
    const auto signed_by = [](const crypto::TestKey& key, const char* name, const char* digest, bool is_pss) {
        const std::string text = unsigned_token({{"alg", name}}, json::serialize(good_claims()));
        return text + '.' + base64url(key.sign(digest, text, is_pss));
    };
    EXPECT_EQ(code_of_token(signed_by(rsa_key(), "RS256", "SHA256", false)), "accepted");
    EXPECT_EQ(code_of_token(signed_by(rsa_key(), "RS384", "SHA384", false)), "accepted");
    EXPECT_EQ(code_of_token(signed_by(rsa_key(), "RS512", "SHA512", false)), "accepted");
    EXPECT_EQ(code_of_token(signed_by(rsa_key(), "PS256", "SHA256", true)), "accepted");
    EXPECT_EQ(code_of_token(signed_by(ec_key(), "ES256", "SHA256", false)), "accepted");
    // The header names one algorithm, the signature is by another.
    EXPECT_EQ(code_of_token(signed_by(rsa_key(), "PS256", "SHA256", false)), "InvalidIdentityToken");
    EXPECT_EQ(code_of_token(signed_by(rsa_key(), "ES256", "SHA256", false)), "InvalidIdentityToken");
    EXPECT_EQ(code_of_token(signed_by(ec_key(), "RS256", "SHA256", false)), "InvalidIdentityToken");
    EXPECT_EQ(code_of_token(signed_by(ec_key(), "ES384", "SHA256", false)), "InvalidIdentityToken");
    EXPECT_EQ(code_of_token(signed_by(other_rsa_key(), "RS256", "SHA256", false)), "InvalidIdentityToken");
}

// CVE-2024-48916 and its kind: what is not in the table of algorithms is refused, whatever its signature.
TEST(Jwt, RefusesEveryAlgorithmThatIsNotInTheTable) {
    const std::string payload = json::serialize(good_claims());
    for (const char* name : {"none", "None", "nOnE", "", "HS256", "HS384", "HS512", "RS1", "ES256K", "EdDSA",
                             "rs256", "RS256\t", "A128KW"}) {
        const std::string text = unsigned_token({{"alg", name}, {"kid", "one"}}, payload);
        EXPECT_EQ(code_of_token(text + '.'), "InvalidIdentityToken") << name;
        EXPECT_EQ(code_of_token(text + '.' + base64url(rsa_key().sign("SHA256", text))),
                  "InvalidIdentityToken");
        // The public key used as a secret, as libraries were once led to do.
        const Secret secret(rsa_key().certificate_pem());
        EXPECT_EQ(code_of_token(text + '.' + base64url(crypto::hmac_sha256(secret, text).reveal())),
                  "InvalidIdentityToken");
    }
    for (const json::value& algorithm :
         {json::value(nullptr), json::value(1), json::value(json::array{"RS256"})})
        EXPECT_EQ(code_of_header({{"alg", algorithm}, {"kid", "one"}}), "InvalidIdentityToken");
    EXPECT_EQ(code_of_header({{"kid", "one"}}), "InvalidIdentityToken");
}

TEST(Jwt, TheHeaderBringsNoKeyOfItsOwn) {
    const std::string payload = json::serialize(good_claims());
    for (const json::object& header :
         {json::object{{"alg", "RS256"}, {"jwk", rsa_jwk("one", other_rsa_key())}},
          json::object{{"alg", "RS256"}, {"kid", "one"}, {"jku", "https://evil.example/jwks"}},
          json::object{{"alg", "RS256"}, {"x5c", json::array{"MIIB"}}}}) {
        const std::string text = unsigned_token(header, payload);
        EXPECT_EQ(code_of_token(text + '.' + base64url(other_rsa_key().sign("SHA256", text))),
                  "InvalidIdentityToken");
    }
}

TEST(Jwt, TheKeyIdSelects) {
    EXPECT_EQ(code_of_header({{"alg", "RS256"}, {"kid", "one"}}), "accepted");
    EXPECT_EQ(code_of_header({{"alg", "RS256"}}), "accepted");  // exactly one key fits
    for (const json::value& id :
         {json::value("two"), json::value("three"), json::value(""), json::value(1), json::value(nullptr)})
        EXPECT_EQ(code_of_header({{"alg", "RS256"}, {"kid", id}}), "InvalidIdentityToken")
            << json::serialize(id);
    const KeySet ambiguous = key_set({rsa_jwk("one"), rsa_jwk("two", other_rsa_key())});
    const auto token = token_of(json::object{{"alg", "RS256"}}, good_claims());
    EXPECT_EQ(code_of(verify_jwt(token, ambiguous, good_expectation())), "InvalidIdentityToken");
    EXPECT_EQ(code_of(verify_jwt(token, key_set({}), good_expectation())), "InvalidIdentityToken");
}

TEST(Jwt, RefusesCriticalExtensions) {
    EXPECT_EQ(
        code_of_header({{"alg", "RS256"}, {"kid", "one"}, {"crit", json::array{"b64"}}, {"b64", false}}),
        "InvalidIdentityToken");
    EXPECT_EQ(code_of_header({{"alg", "RS256"}, {"kid", "one"}, {"crit", json::array{}}}),
              "InvalidIdentityToken");
}

TEST(Jwt, RefusesAlteredAndMalformedTokens) {
    const std::string good = token_of(good_claims());
    ASSERT_EQ(code_of_token(good), "accepted");
    const std::size_t first = good.find('.');
    const std::size_t second = good.rfind('.');
    for (const std::string& token :
         {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), good + '.', good + ".x",
          '.' + good, good + ' ', ' ' + good, good + '\n', good + '=', good.substr(0, second),
          good.substr(0, second + 1), good.substr(first), good.substr(0, good.size() - 1),
          std::string(jwt_bytes_max + 1, 'a'), good + std::string(jwt_bytes_max, 'A')})
        EXPECT_EQ(code_of_token(token), "InvalidIdentityToken") << token.substr(0, 40);
    const std::string altered = base64url(json::serialize(with(good_claims(), "sub", "root")));
    EXPECT_EQ(code_of_token(good.substr(0, first + 1) + altered + good.substr(second)),
              "InvalidIdentityToken");
    for (const char* payload : {R"({"iss":"a","iss":"b"})", "[]", "1", "", "{", "null"}) {
        const std::string text = unsigned_token({{"alg", "RS256"}, {"kid", "one"}}, payload);
        EXPECT_EQ(code_of_token(text + '.' + base64url(rsa_key().sign("SHA256", text))),
                  "InvalidIdentityToken");
    }
}

TEST(Jwt, RequiresItsClaims) {
    for (const char* name : {"iss", "sub", "aud", "iat", "exp"}) {
        EXPECT_EQ(code_of_claims(without(good_claims(), name)), "InvalidIdentityToken") << name;
        for (const json::value& wrong : {json::value(nullptr), json::value(""), json::value(json::object{}),
                                         json::value(json::array{}), json::value(true)})
            EXPECT_EQ(code_of_claims(with(good_claims(), name, wrong)), "InvalidIdentityToken")
                << name << json::serialize(wrong);
    }
    for (const char* name : {"iat", "exp"})
        for (const json::value& wrong :
             {json::value(-1), json::value(1e300), json::value(std::to_string(token_time))})
            EXPECT_EQ(code_of_claims(with(good_claims(), name, wrong)), "InvalidIdentityToken") << name;
}

TEST(Jwt, TheIssuerIsExact) {
    for (const char* issuer :
         {"https://idp.example.com/", "http://idp.example.com", "idp.example.com", "https://IDP.example.com",
          "https://idp.example.com.evil", " https://idp.example.com"})
        EXPECT_EQ(code_of_claims(with(good_claims(), "iss", issuer)), "InvalidIdentityToken") << issuer;
}

TEST(Jwt, ExpiresWithFiveMinutesOfGrace) {
    const std::int64_t expiry = token_time + 600;
    EXPECT_EQ(code_of_claims(good_claims(), expiry), "accepted");
    EXPECT_EQ(code_of_claims(good_claims(), expiry + 299), "accepted");
    EXPECT_EQ(code_of_claims(good_claims(), expiry + 300), "ExpiredTokenException");
    EXPECT_EQ(code_of_claims(with(good_claims(), "exp", 0)), "ExpiredTokenException");
    EXPECT_EQ(code_of_claims(with(good_claims(), "exp", static_cast<double>(expiry) + 0.5), expiry + 299),
              "accepted");
}

TEST(Jwt, MayComeFiveMinutesEarly) {
    for (const char* name : {"iat", "nbf"}) {
        EXPECT_EQ(code_of_claims(with(good_claims(), name, token_time + 300)), "accepted") << name;
        EXPECT_EQ(code_of_claims(with(good_claims(), name, token_time + 301)), "InvalidIdentityToken")
            << name;
    }
    EXPECT_EQ(code_of_claims(with(good_claims(), "nbf", 0)), "accepted");
    for (const json::value& wrong : {json::value("0"), json::value(nullptr), json::value(-5)})
        EXPECT_EQ(code_of_claims(with(good_claims(), "nbf", wrong)), "InvalidIdentityToken");
}

TEST(Jwt, TheAudienceMustBeRegistered) {
    EXPECT_EQ(code_of_claims(with(good_claims(), "aud", "other")), "InvalidIdentityToken");
    EXPECT_EQ(accepted(with(good_claims(), "aud", json::array{"second"})).audience(), "second");
    EXPECT_EQ(accepted(with(good_claims(), "aud", json::array{"second", "sts.amazonaws.com"})).audience(),
              "second");
    EXPECT_EQ(code_of_claims(with(good_claims(), "aud", json::array{"sts.amazonaws.com", "other"})),
              "InvalidIdentityToken");
    EXPECT_EQ(code_of_claims(with(good_claims(), "aud", json::array{"sts.amazonaws.com", 1})),
              "InvalidIdentityToken");
    Expected nobody = good_expectation();
    nobody.audiences.clear();
    EXPECT_EQ(code_of(verify_jwt(token_of(good_claims()), published(), nobody)), "InvalidIdentityToken");
}

TEST(Jwt, TheAuthorizedPartyIsTheAudience) {
    const VerifiedToken token =
        accepted(with(with(good_claims(), "aud", json::array{"app", "other"}), "azp", "second"));
    EXPECT_EQ(token.audience(), "second");
    EXPECT_EQ(token.authorized_party(), "second");
    EXPECT_THAT(token.original_audiences(), ElementsAre("app", "other"));
    EXPECT_EQ(code_of_claims(with(good_claims(), "azp", "other")), "InvalidIdentityToken");
    for (const json::value& wrong :
         {json::value(""), json::value(nullptr), json::value(json::array{"second"})})
        EXPECT_EQ(code_of_claims(with(good_claims(), "azp", wrong)), "InvalidIdentityToken");
}

TEST(Jwt, CarriesSessionTagsInBothShapes) {
    const json::object nested{
        {"principal_tags", {{"Project", json::array{"Automation"}}, {"Department", "Eng"}}},
        {"transitive_tag_keys", json::array{"Project"}}};
    for (const json::object& claims :
         {with(good_claims(), "https://aws.amazon.com/tags", nested),
          with(with(with(good_claims(), "https://aws.amazon.com/tags/principal_tags/Project", "Automation"),
                    "https://aws.amazon.com/tags/principal_tags/Department", json::array{"Eng"}),
               "https://aws.amazon.com/tags/transitive_tag_keys", json::array{"Project"})}) {
        const VerifiedToken token = accepted(with(claims, "https://aws.amazon.com/source_identity", "Admin"));
        EXPECT_THAT(token.session().principal_tags,
                    ElementsAre(std::pair("Department", "Eng"), std::pair("Project", "Automation")));
        EXPECT_THAT(token.session().transitive_tag_keys, ElementsAre("Project"));
        EXPECT_EQ(token.session().source_identity, "Admin");
    }
}

TEST(Jwt, RefusesMalformedSessionTags) {
    json::object many;
    for (std::size_t i = 0; i <= session_tags_max; ++i) many[std::to_string(i)] = "x";
    for (const json::value& tags :
         {json::value("x"), json::value(nullptr), json::value(json::array{}),
          json::value(json::object{{"principal_tags", json::array{"a"}}}),
          json::value(json::object{{"principal_tags", {{"a", json::array{"x", "y"}}}}}),
          json::value(json::object{{"principal_tags", {{"a", json::array{}}}}}),
          json::value(json::object{{"principal_tags", {{"a", 1}}}}),
          json::value(json::object{{"principal_tags", {{"", "x"}}}}),
          json::value(json::object{{"principal_tags", {{"a", std::string(tag_value_bytes_max + 1, 'x')}}}}),
          json::value(json::object{{"principal_tags", many}}),
          json::value(json::object{{"transitive_tag_keys", json::array{1}}})})
        EXPECT_EQ(code_of_claims(with(good_claims(), "https://aws.amazon.com/tags", tags)),
                  "InvalidIdentityToken")
            << json::serialize(tags).substr(0, 80);
    const json::object twice =
        with(with(good_claims(), "https://aws.amazon.com/tags/principal_tags/a", "x"),
             "https://aws.amazon.com/tags", json::object{{"principal_tags", {{"a", "y"}}}});
    EXPECT_EQ(code_of_claims(twice), "InvalidIdentityToken");
    for (const json::value& identity :
         {json::value(""), json::value("a"), json::value("aws:me"), json::value("a b"),
          json::value(std::string(65, 'a')), json::value(json::array{"Admin"})})
        EXPECT_EQ(code_of_claims(with(good_claims(), "https://aws.amazon.com/source_identity", identity)),
                  "InvalidIdentityToken")
            << json::serialize(identity);
    EXPECT_EQ(code_of_claims(with(good_claims(), "amr", json::array{1})), "InvalidIdentityToken");
}

TEST(Jwt, ClaimsItsOriginBeforeItIsVerified) {
    const std::string forged =
        unsigned_token({{"alg", "none"}, {"kid", "k"}}, json::serialize(good_claims())) + '.';
    const auto origin = unverified_origin(forged);
    ASSERT_TRUE(origin) << origin.error().message;
    EXPECT_EQ(origin->claimed_issuer, "https://idp.example.com");
    EXPECT_EQ(origin->claimed_key_id, "k");
    const auto issuer = claimed_issuer(token_of(good_claims()));
    ASSERT_TRUE(issuer);
    EXPECT_EQ(*issuer, "https://idp.example.com");
    EXPECT_FALSE(claimed_issuer("a.b.c"));
    EXPECT_FALSE(claimed_issuer(token_of(without(good_claims(), "iss"))));
}

TEST(Jwt, IsShownAsItIsWithoutItsSignature) {
    const std::string token = token_of(good_claims());
    const auto shown = unverified_token(token);
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(json::parse(shown->claims), json::value(good_claims()));
    EXPECT_EQ(json::parse(shown->header), (json::value{{"alg", "RS256"}, {"kid", "one"}}));
    EXPECT_EQ((shown->header + shown->claims).find(token.substr(token.rfind('.') + 1)), std::string::npos);
    EXPECT_FALSE(unverified_token("a.b.c"));
}

// Every check before the one that refuses was begun, and none after it.
TEST(Jwt, TellsHowFarTheChecksCame) {
    const auto reached = [](const std::string& token) {
        Progress progress;
        Expected expected = good_expectation();
        expected.progress = &progress;
        EXPECT_FALSE(verify_jwt(token, published(), expected));
        return progress;
    };
    const Progress issuer = reached(token_of(with(good_claims(), "iss", "https://other.example.com")));
    EXPECT_EQ(issuer.at(), Check::issuer);
    EXPECT_TRUE(issuer.has_passed(Check::signature));
    EXPECT_FALSE(issuer.has_begun(Check::audience));
    const Progress audience = reached(token_of(with(good_claims(), "aud", "another")));
    EXPECT_EQ(audience.at(), Check::audience);
    EXPECT_TRUE(audience.has_passed(Check::expiry) && audience.has_passed(Check::subject));
    EXPECT_EQ(reached(token_of(with(good_claims(), "exp", token_time - 301))).at(), Check::expiry);
    EXPECT_EQ(reached("a.b.c").at(), Check::form);
}

TEST(Jwt, ErrorsRepeatNothingOfTheToken) {
    for (const char* name : {"iss", "sub", "aud", "azp", "https://aws.amazon.com/source_identity"}) {
        const auto result = verify_jwt(token_of(with(good_claims(), name, json::array{"s3cret value"})),
                                       published(), good_expectation());
        ASSERT_FALSE(result) << name;
        EXPECT_EQ(result.error().message.find("s3cret"), std::string::npos);
    }
}

}  // namespace
}  // namespace countersign::federation
