// What ExplainFederation says is what the calls do: each case is asked and then called.
#include <fmt/ranges.h>

#include "federation/test_saml.h"
#include "services/admin/service.h"
#include "services/sts/api_fixture.h"

namespace countersign::admin {
namespace {

using federation::good_claims;
using federation::replaced;
using federation::response_text;
using federation::response_with;
using federation::response_xml;
using federation::token_of;
using gateway::test::Answer;
using gateway::test::Parameters;

constexpr const char* oidc_arn = "arn:aws:iam::123456789012:oidc-provider/idp.example.com";
constexpr const char* saml_arn = "arn:aws:iam::123456789012:saml-provider/idp";

class ExplainFederation : public sts::ApiTest {
protected:
    ExplainFederation() {
        const sts::Deps of_sts{*store_, sealing_, random_, provider_keys_};
        serve({sts::service(of_sts),
               service(Deps{.store = *store_, .sealing = sealing_, .random = random_, .sts = of_sts})});
        published_["https://idp.example.com/.well-known/openid-configuration"] =
            R"({"issuer":"https://idp.example.com","jwks_uri":"https://idp.example.com/keys"})";
        published_["https://idp.example.com/keys"] = federation::jwks({federation::rsa_jwk("one")});
        model::OidcProvider oidc;
        oidc.url = "idp.example.com";
        oidc.client_ids = {"sts.amazonaws.com"};
        put_record(model::keys::oidc_provider(account, oidc.url), oidc);
        model::SamlProvider saml;
        saml.name = "idp";
        saml.metadata = federation::metadata_xml();
        put_record(model::keys::saml_provider(account, saml.name), saml);
        trust_in(
            "web", oidc_arn, "sts:AssumeRoleWithWebIdentity",
            R"({"StringEquals":{"idp.example.com:sub":"jane","idp.example.com:aud":"sts.amazonaws.com"}})");
        trust_in("dev", saml_arn, "sts:AssumeRoleWithSAML", R"({"StringEquals":{"saml:sub":"jane"}})");
    }

    void trust_in(const std::string& role, const std::string& provider, const std::string& action,
                  const std::string& condition) {
        add_role(role, trust(R"("Federated":")" + provider + '"', '"' + action + '"', condition), "");
    }

    Answer ask(Parameters question, const std::string& key = root_key) const {
        return answer(gateway::test::signed_request({"countersign", "2026-01-01"}, "ExplainFederation",
                                                    question, {key}, clock_.now()));
    }
    static std::string outcomes(const Answer& answer) {
        std::string all;
        for (const auto& check : answer.document.select_nodes("//Checks/member")) {
            const std::string outcome = check.node().child_value("Outcome");
            all += outcome == "passed" ? '+' : outcome == "failed" ? '-' : '.';
        }
        return all;
    }
    static std::string failed(const Answer& answer) {
        return answer.text("//Checks/member[Outcome='failed']/Name");
    }

    // The explanation, which must say what the call says.
    Answer web(const std::string& token, const std::string& role = "web") {
        const Answer called = call_unsigned(
            "AssumeRoleWithWebIdentity",
            {{"RoleArn", role_arn(role)}, {"RoleSessionName", "explained"}, {"WebIdentityToken", token}});
        return agreed(called, ask({{"RoleArn", role_arn(role)}, {"Token", token}}));
    }
    Answer saml(const std::string& assertion, const std::string& role = "dev",
                const std::string& provider = saml_arn) {
        const Answer called = call_unsigned(
            "AssumeRoleWithSAML",
            {{"RoleArn", role_arn(role)}, {"PrincipalArn", provider}, {"SAMLAssertion", assertion}});
        return agreed(called,
                      ask({{"RoleArn", role_arn(role)}, {"Token", assertion}, {"ProviderArn", provider}}));
    }
    static Answer agreed(const Answer& called, Answer explained) {
        EXPECT_EQ(explained.status, 200) << explained.error();
        EXPECT_EQ(explained.text("//Allowed"), called.status == 200 ? "true" : "false") << called.error();
        const std::string refusal = explained.text("//Code") + ": " + explained.text("//Message");
        EXPECT_EQ(refusal, called.error());
        EXPECT_EQ(explained.text("//Hint").empty(), called.status == 200);
        return explained;
    }
};

TEST_F(ExplainFederation, AGoodTokenPassesEveryCheck) {
    const Answer answer = web(token_of(good_claims()));
    EXPECT_EQ(outcomes(answer), "++++++++++++");
    EXPECT_EQ(answer.text("//Kind"), "OpenID Connect");
    EXPECT_EQ(answer.text("//ProviderArn"), oidc_arn);
    EXPECT_EQ(answer.text("//Verified"), "true");
    EXPECT_NE(answer.text("//Claims").find(R"("sub":"jane")"), std::string::npos);
    EXPECT_NE(answer.text("//Trail").find(
                  R"({"holds":true,"words":"idp.example.com:sub must be jane; it is jane"})"),
              std::string::npos)
        << answer.text("//Trail");
}

TEST_F(ExplainFederation, AnAssertionToo) {
    const Answer answer = saml(response_text(response_xml()));
    EXPECT_EQ(outcomes(answer), "++++++++++++");
    EXPECT_EQ(answer.text("//Kind"), "SAML");
    EXPECT_NE(answer.text("//Claims").find(R"("NameID":"jane")"), std::string::npos);
    // Without a provider it is the one that is offered with the role.
    EXPECT_EQ(ask({{"RoleArn", role_arn("dev")}, {"Token", response_text(response_xml())}}).text("//Allowed"),
              "true");
}

TEST_F(ExplainFederation, SaysWhichCheckOfATokenFailed) {
    const auto changed = [](const char* claim, federation::json::value value) {
        auto claims = good_claims();
        claims[claim] = std::move(value);
        return token_of(claims);
    };
    std::string forged = token_of(good_claims());
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(failed(web("no-token")), "form");
    EXPECT_EQ(failed(web(token_of(good_claims()) + ".x")), "form");
    EXPECT_EQ(failed(web(changed("iss", "https://idp.example.com/"))), "provider");
    EXPECT_EQ(failed(web(forged)), "signature");
    EXPECT_EQ(failed(web(token_of({{"alg", "none"}}, good_claims()))), "signature");
    EXPECT_EQ(failed(web(changed("sub", ""))), "subject");
    EXPECT_EQ(failed(web(changed("aud", "another"))), "audience");
    EXPECT_EQ(failed(web(changed("exp", federation::token_time - 3600))), "expiry");
    EXPECT_EQ(failed(web(changed("iat", federation::token_time + 3600))), "expiry");
    EXPECT_EQ(failed(web(changed("https://aws.amazon.com/source_identity", "no blanks please"))), "session");
    EXPECT_EQ(failed(web(token_of(good_claims()), "none")), "role");
    EXPECT_EQ(failed(web(changed("sub", "mallory"))), "policy");
    EXPECT_EQ(failed(web(changed("https://aws.amazon.com/source_identity", "jane"))), "policy");
    published_.clear();
    clock_.advance(std::chrono::minutes(4));
    EXPECT_EQ(web(token_of(good_claims())).text("//Allowed"), "true") << "the keys are kept";
}

TEST_F(ExplainFederation, SaysThatAProviderIsSilent) {
    published_.clear();
    const Answer answer = web(token_of(good_claims()));
    EXPECT_EQ(failed(answer), "keys");
    EXPECT_EQ(outcomes(answer), "++-.........");
    EXPECT_EQ(answer.text("//Verified"), "false");
}

TEST_F(ExplainFederation, SaysWhichCheckOfAnAssertionFailed) {
    const auto changed = [](const char* from, const char* to) {
        return response_text(replaced(response_xml(), from, to));
    };
    const std::string good = response_text(response_xml());
    EXPECT_EQ(failed(saml("PHhtbA==")), "form");
    EXPECT_EQ(failed(saml(federation::signed_xml(response_xml()))), "form");
    EXPECT_EQ(failed(saml(good, "dev", "arn:aws:iam::123456789012:saml-provider/none")), "provider");
    EXPECT_EQ(
        failed(saml(formats::base64(replaced(federation::signed_xml(response_xml()), ">jane<", ">root<")))),
        "signature");
    EXPECT_EQ(failed(saml(changed("<saml:Issuer>https://idp.example.com/saml</saml:Issuer><saml:Subject>",
                                  "<saml:Issuer>https://other.example.com</saml:Issuer><saml:Subject>"))),
              "issuer");
    EXPECT_EQ(failed(saml(changed("urn:amazon:webservices", "urn:another"))), "audience");
    EXPECT_EQ(failed(saml(changed("Recipient=\"https://signin.aws.amazon.com/saml\"",
                                  "Recipient=\"https://elsewhere.example.com/saml\""))),
              "audience");
    EXPECT_EQ(failed(saml(changed("jane@example.com", "no blanks please"))), "session");
    EXPECT_EQ(failed(saml(good, "web")), "role");
    EXPECT_EQ(failed(saml(changed(">jane<", ">mallory<"))), "policy");
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(failed(saml(good)), "expiry");
}

TEST_F(ExplainFederation, WhatDoesNotFitIntoASessionIsSaid) {
    trust_in("web", oidc_arn, "sts:*", "{}");
    federation::json::object tags;
    for (int number = 0; number < 40; ++number)
        tags["key" + std::to_string(number)] = federation::json::array{std::string(200, 'v')};
    auto claims = good_claims();
    claims["https://aws.amazon.com/tags"] = federation::json::object{{"principal_tags", tags}};
    EXPECT_EQ(failed(web(token_of(claims))), "limits");
}

TEST_F(ExplainFederation, ClaimsOfAForgeryAreShownAsUnproven) {
    auto claims = good_claims();
    claims["sub"] = "root";
    const std::string token = token_of(claims);
    const Answer answer =
        web(token.substr(0, token.rfind('.') + 1) + token_of(good_claims()).substr(token.rfind('.') + 1));
    EXPECT_EQ(failed(answer), "signature");
    EXPECT_EQ(answer.text("//Verified"), "false");
    EXPECT_NE(answer.text("//Claims").find(R"("sub":"root")"), std::string::npos);
}

TEST_F(ExplainFederation, NoSignatureIsShown) {
    const std::string token = token_of(good_claims());
    const std::string signature = token.substr(token.rfind('.') + 1);
    for (const std::string& asked : {token, token + 'A', "x" + token}) {
        const Answer answer = web(asked);
        std::ostringstream text;
        answer.document.save(text);
        EXPECT_EQ(text.str().find(signature), std::string::npos);
    }
}

TEST_F(ExplainFederation, NeedsARightOnTheRole) {
    const Parameters question{{"RoleArn", role_arn("web")}, {"Token", token_of(good_claims())}};
    add_user("jane", R"({"Effect":"Allow","Action":"countersign:ExplainFederation","Resource":")" +
                         role_arn("dev") + R"("})");
    EXPECT_EQ(ask(question, "AKIAjane").text("//Error/Code"), "AccessDenied");
    add_user("anna", R"({"Effect":"Allow","Action":"countersign:ExplainFederation","Resource":"*"})");
    EXPECT_EQ(ask(question, "AKIAanna").text("//Allowed"), "true");
    const auto refusal = [this](const std::string& role) {
        return ask({{"RoleArn", role}, {"Token", "x"}}).text("//Error/Code");
    };
    EXPECT_EQ(refusal(role_arn("web", other_account)), "AccessDenied");
    EXPECT_EQ(refusal("arn:aws:s3:::a-bucket-of-nobody"), "InvalidInput");
}

TEST_F(ExplainFederation, HintsNameTheNextStep) {
    auto claims = good_claims();
    claims["aud"] = "another";
    EXPECT_NE(web(token_of(claims))
                  .text("//Hint")
                  .find("add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn " +
                        std::string(oidc_arn) + " --client-id another"),
              std::string::npos);
    claims["aud"] = "an; rm -rf /";
    EXPECT_TRUE(web(token_of(claims)).text("//Hint").ends_with("--client-id AUDIENCE"));
    claims = good_claims();
    claims["sub"] = "mallory";
    EXPECT_NE(web(token_of(claims)).text("//Hint").find("meet the condition on idp.example.com:sub"),
              std::string::npos);
    EXPECT_NE(saml(federation::signed_xml(response_xml())).text("//Hint").find("base64"), std::string::npos);
}

}  // namespace
}  // namespace countersign::admin
