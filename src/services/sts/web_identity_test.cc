#include "access/session.h"
#include "federation/test_tokens.h"
#include "services/sts/api_fixture.h"

namespace countersign::sts {

using federation::good_claims;
using federation::token_of;

constexpr const char* provider_arn = "arn:aws:iam::123456789012:oidc-provider/idp.example.com";

class WebIdentity : public ApiTest {
protected:
    WebIdentity() {
        published_["https://idp.example.com/.well-known/openid-configuration"] =
            R"({"issuer":"https://idp.example.com","jwks_uri":"https://idp.example.com/keys"})";
        published_["https://idp.example.com/keys"] = federation::jwks({federation::rsa_jwk("one")});
        model::OidcProvider provider;
        provider.url = "idp.example.com";
        provider.client_ids = {"sts.amazonaws.com"};
        put_record(model::keys::oidc_provider(account, provider.url), provider);
        add_trusting("dev", R"({"StringEquals":{"idp.example.com:sub":"jane",
                                                "idp.example.com:aud":"sts.amazonaws.com",
                                                "aws:FederatedProvider":")" +
                                std::string(provider_arn) + R"("}})");
    }

    void add_trusting(const std::string& name, const std::string& condition,
                      const std::string& actions = R"("sts:AssumeRoleWithWebIdentity")") {
        add_role(name, trust(R"("Federated":")" + std::string(provider_arn) + '"', actions, condition),
                 allow(R"("sts:*")"));
    }

    Answer assume_with(const std::string& token, const std::string& role = "dev", Parameters more = {}) {
        more.try_emplace("RoleArn", role_arn(role));
        more.try_emplace("RoleSessionName", "web");
        more.try_emplace("WebIdentityToken", token);
        return call_unsigned("AssumeRoleWithWebIdentity", more);
    }

    static std::string refusal(const std::string& action = "sts:AssumeRoleWithWebIdentity") {
        return "AccessDenied: Not authorized to perform " + action;
    }
};

TEST_F(WebIdentity, GivesCredentialsOfTheRole) {
    const Answer answer = assume_with(token_of(good_claims()));
    const Keys keys = keys_in(answer);
    EXPECT_EQ(answer.text("//SubjectFromWebIdentityToken"), "jane");
    EXPECT_EQ(answer.text("//Audience"), "sts.amazonaws.com");
    EXPECT_EQ(answer.text("//Provider"), provider_arn);
    EXPECT_EQ(answer.text("//AssumedRoleUser/Arn"), "arn:aws:sts::123456789012:assumed-role/dev/web");
    EXPECT_EQ(seconds_in(answer), 3600);
    EXPECT_EQ(call(keys, "GetCallerIdentity").text("//UserId"), "AROAdev:web");
    EXPECT_EQ(call_iam(keys, "GetUser").status, 200);
    const auto opened = access::open_session(keys.session_token, keys.id, sealing_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->session.federated_provider, provider_arn);
    EXPECT_EQ(opened->session.context.at("idp.example.com:sub"), std::vector<std::string>{"jane"});
}

TEST_F(WebIdentity, WhatIsAroundATokenIsNotTheToken) {
    const std::string token = token_of(good_claims());
    for (const std::string& wrapped : {token + '\n', " \t" + token + "\r\n", "\xEF\xBB\xBF" + token})
        EXPECT_EQ(assume_with(wrapped).status, 200);
    EXPECT_EQ(assume_with(token.substr(0, 20) + '\n' + token.substr(20)).text("//Code"),
              "InvalidIdentityToken");
}

TEST_F(WebIdentity, OnlyTheTrustPolicyDecides) {
    auto claims = good_claims();
    claims["sub"] = "mallory";
    const Answer answer = assume_with(token_of(claims));
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.error(), refusal());
    EXPECT_EQ(assume_with(token_of(good_claims()), "none").error(), refusal());
    // A role that trusts the account's own users does not trust whom a provider vouches for.
    add_role("ours", trust(R"("AWS":"123456789012")", R"("sts:*")"), "");
    EXPECT_EQ(assume_with(token_of(good_claims()), "ours").error(), refusal());
    // Nor does one that lets the provider's users in by another way.
    add_trusting("saml", "{}", R"("sts:AssumeRoleWithSAML")");
    EXPECT_EQ(assume_with(token_of(good_claims()), "saml").error(), refusal());
}

TEST_F(WebIdentity, TokensMustBeRight) {
    EXPECT_EQ(assume_with("not a token").text("//Code"), "InvalidIdentityToken");
    auto claims = good_claims();
    claims["aud"] = "another";
    EXPECT_EQ(assume_with(token_of(claims)).text("//Code"), "InvalidIdentityToken");
    claims = good_claims();
    claims["iss"] = "https://evil.example.com";
    EXPECT_EQ(assume_with(token_of(claims)).error(),
              "InvalidIdentityToken: No OpenIDConnect provider found in your account for "
              "https://evil.example.com");
    std::string forged = token_of(good_claims());
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(assume_with(forged).text("//Code"), "InvalidIdentityToken");
    EXPECT_EQ(assume_with(token_of({{"alg", "none"}, {"kid", "one"}}, good_claims())).text("//Code"),
              "InvalidIdentityToken");
    clock_.advance(std::chrono::hours(1));
    const Answer late = assume_with(token_of(good_claims()));
    EXPECT_EQ(late.text("//Code"), "ExpiredTokenException");
    EXPECT_EQ(late.status, 400);
}

TEST_F(WebIdentity, RolesAreNamedByArns) {
    EXPECT_EQ(assume_with(token_of(good_claims()), "dev", {{"RoleArn", "no-arn-and-twenty-long"}}).error(),
              "ValidationError: Request ARN is invalid");
}

TEST_F(WebIdentity, TheProviderIsTheRolesAccounts) {
    const Answer answer =
        assume_with(token_of(good_claims()), "", {{"RoleArn", role_arn("dev", other_account)}});
    EXPECT_EQ(answer.text("//Code"), "InvalidIdentityToken");
}

TEST_F(WebIdentity, AProviderThatIsSilentIsSaid) {
    published_.clear();
    const Answer answer = assume_with(token_of(good_claims()));
    EXPECT_EQ(answer.text("//Code"), "IDPCommunicationError");
    EXPECT_EQ(answer.status, 400);
}

TEST_F(WebIdentity, TokensMayCarryTags) {
    auto claims = good_claims();
    claims["https://aws.amazon.com/tags"] =
        *formats::parse_json(R"({"principal_tags":{"Team":["db"]},"transitive_tag_keys":["Team"]})");
    EXPECT_EQ(assume_with(token_of(claims)).error(), refusal("sts:TagSession"));
    add_trusting("tagged", R"({"StringEquals":{"aws:RequestTag/Team":"db"}})",
                 R"("sts:AssumeRoleWithWebIdentity","sts:TagSession")");
    const Answer answer = assume_with(token_of(claims), "tagged");
    const Keys keys = keys_in(answer);
    EXPECT_EQ(answer.text("//PackedPolicySize"), "1");
    const auto opened = access::open_session(keys.session_token, keys.id, sealing_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->session.tags, (std::vector<model::Tag>{{"Team", "db"}}));
    EXPECT_EQ(opened->session.transitive_tags, std::vector<std::string>{"Team"});
    EXPECT_EQ(assume_with(token_of(good_claims()), "tagged").error(), refusal());
}

// The rules of AssumeRole's own tags, whoever gives them.
TEST_F(WebIdentity, TagsAreAsStsWantsThem) {
    add_trusting("tagged", "{}", R"("sts:AssumeRoleWithWebIdentity","sts:TagSession")");
    const auto outcome = [this](const std::string& tags) {
        auto claims = good_claims();
        claims["https://aws.amazon.com/tags"] = *formats::parse_json(tags);
        return assume_with(token_of(claims), "tagged").text("//Code");
    };
    for (const char* good :
         {R"({"Team":["db"]})", R"({"Team":[""]})", R"({"a:/=+-@._ 1":["\u00e9\u65e5 x"]})"})
        EXPECT_EQ(outcome(R"({"principal_tags":)" + std::string(good) + '}'), "") << good;
    const std::string long_key = R"({")" + std::string(129, 'k') + R"(":["x"]})";
    const std::string long_value = R"({"Team":[")" + std::string(257, 'v') + R"("]})";
    for (const std::string& bad :
         {std::string(R"({"Team":["*"]})"), std::string(R"({"Team":["${aws:username}"]})"),
          std::string(R"({"Team":["a\nb"]})"), std::string(R"({"Team":["\u202ea"]})"),
          std::string(R"({"Te*m":["a"]})"), std::string(R"({"":["a"]})"), std::string(R"({"AWS:x":["a"]})"),
          std::string(R"({"Team":["a"],"tEAM":["b"]})"), long_key, long_value})
        EXPECT_EQ(outcome(R"({"principal_tags":)" + bad + '}'), "InvalidIdentityToken") << bad;
    EXPECT_EQ(outcome(R"({"principal_tags":{"Team":["a"]},"transitive_tag_keys":["Te*m"]})"),
              "InvalidIdentityToken");
}

TEST_F(WebIdentity, OtherKindsOfProvidersAreRefused) {
    const Answer answer = assume_with(token_of(good_claims()), "dev", {{"ProviderId", "www.amazon.com"}});
    EXPECT_EQ(answer.text("//Code"), "InvalidParameterCombination");
}

}  // namespace countersign::sts
