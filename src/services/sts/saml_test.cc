#include "access/session.h"
#include "federation/test_saml.h"
#include "services/sts/api_fixture.h"

namespace countersign::sts {

using federation::replaced;
using federation::response_text;
using federation::response_xml;

constexpr const char* provider_arn = "arn:aws:iam::123456789012:saml-provider/idp";

class Saml : public ApiTest {
protected:
    Saml() {
        model::SamlProvider provider;
        provider.name = "idp";
        provider.metadata = federation::metadata_xml();
        put_record(model::keys::saml_provider(account, "idp"), provider);
        add_trusting(R"({"StringEquals":{"saml:aud":"https://signin.aws.amazon.com/saml","saml:sub":"jane",
                         "saml:iss":"https://idp.example.com/saml","saml:doc":"123456789012/idp",
                         "saml:sub_type":"persistent"}})");
    }

    void add_trusting(const std::string& condition) {
        add_role("dev",
                 trust(R"("Federated":")" + std::string(provider_arn) + '"', R"("sts:AssumeRoleWithSAML")",
                       condition),
                 "");
    }

    Answer assume_with(const std::string& assertion, Parameters more = {}) {
        more.try_emplace("RoleArn", role_arn("dev"));
        more.try_emplace("PrincipalArn", provider_arn);
        more.try_emplace("SAMLAssertion", assertion);
        return call_unsigned("AssumeRoleWithSAML", more);
    }

    static constexpr const char* refusal_ = "AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML";
};

TEST_F(Saml, GivesCredentialsOfTheRole) {
    const Answer answer = assume_with(response_text(response_xml()));
    const Keys keys = keys_in(answer);
    EXPECT_EQ(answer.text("//AssumedRoleUser/Arn"),
              "arn:aws:sts::123456789012:assumed-role/dev/jane@example.com");
    EXPECT_EQ(answer.text("//Subject"), "jane");
    EXPECT_EQ(answer.text("//SubjectType"), "persistent");
    EXPECT_EQ(answer.text("//Issuer"), "https://idp.example.com/saml");
    EXPECT_EQ(answer.text("//AssumeRoleWithSAMLResult/Audience"), "https://signin.aws.amazon.com/saml");
    EXPECT_EQ(answer.text("//NameQualifier"),
              federation::name_qualifier("https://idp.example.com/saml", account, "idp"));
    EXPECT_EQ(seconds_in(answer), 3600);
    EXPECT_EQ(call(keys, "GetCallerIdentity").text("//UserId"), "AROAdev:jane@example.com");
    const auto opened = access::open_session(keys.session_token, keys.id, sealing_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->session.federated_provider, provider_arn);
    EXPECT_EQ(opened->session.context.at("saml:sub"), std::vector<std::string>{"jane"});
}

// Source: IAM User Guide, "Configure SAML assertions for the authentication response".
TEST_F(Saml, TheRecipientMayBeARegionsOwn) {
    constexpr const char* regional = "https://eu-west-1.signin.aws.amazon.com/saml";
    const auto sent_to = [](const std::string& recipient) {
        return response_text(replaced(response_xml(), "Recipient=\"https://signin.aws.amazon.com/saml\"",
                                      "Recipient=\"" + recipient + '"'));
    };
    EXPECT_EQ(assume_with(sent_to(regional)).error(), refusal_) << "the trust policy asks for another";
    add_trusting(R"({"StringEquals":{"saml:aud":")" + std::string(regional) + R"("}})");
    const Answer answer = assume_with(sent_to(regional));
    EXPECT_EQ(answer.text("//AssumeRoleWithSAMLResult/Audience"), regional) << answer.error();
    for (const char* other :
         {"https://eu-west-9.signin.aws.amazon.com/saml", "https://signin.amazonaws.cn/saml",
          "https://eu-west-1.signin.aws.amazon.com.evil.example/saml"})
        EXPECT_EQ(assume_with(sent_to(other)).text("//Code"), "InvalidIdentityToken") << other;
}

TEST_F(Saml, WhatIsAroundAnAssertionIsNotTheAssertion) {
    const std::string text = response_text(response_xml());
    for (const std::string& wrapped : {text + '\n', " \t" + text + "\r\n", "\xEF\xBB\xBF" + text})
        EXPECT_EQ(assume_with(wrapped).status, 200);
}

TEST_F(Saml, LastsNoLongerThanTheProvidersSession) {
    const std::string ends_early = replaced(response_xml(), "SessionNotOnOrAfter=\"2026-01-01T08:00:00Z\"",
                                            "SessionNotOnOrAfter=\"2026-01-01T00:20:00Z\"");
    EXPECT_EQ(seconds_in(assume_with(response_text(ends_early))), 1200);
    EXPECT_EQ(assume_with(response_text(response_xml()), {{"DurationSeconds", "3601"}}).error(),
              "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this "
              "role.");
}

TEST_F(Saml, OnlyOfferedRolesThatTrustTheProvider) {
    const std::string good = response_text(response_xml());
    add_role("other", trust(R"("Federated":")" + std::string(provider_arn) + '"', R"("sts:*")"), "");
    EXPECT_EQ(assume_with(good, {{"RoleArn", role_arn("other")}}).error(), refusal_);
    add_trusting(R"({"StringEquals":{"saml:sub":"mallory"}})");
    EXPECT_EQ(assume_with(good).error(), refusal_);
    ASSERT_TRUE(store_->commit({{}, {store::erase(model::keys::role(account, "dev"))}}));
    EXPECT_EQ(assume_with(good).error(), refusal_);
}

TEST_F(Saml, AssertionsMustBeTheProviders) {
    const std::string good = response_text(response_xml());
    EXPECT_EQ(assume_with(good, {{"PrincipalArn", "arn:aws:iam::123456789012:saml-provider/none"}}).error(),
              "InvalidIdentityToken: Specified provider doesn't exist");
    EXPECT_EQ(assume_with("bm90IHhtbA==").text("//Code"), "InvalidIdentityToken");
    const std::string altered =
        formats::base64(replaced(federation::signed_xml(response_xml()), ">jane<", ">root<"));
    EXPECT_EQ(assume_with(altered).text("//Code"), "InvalidIdentityToken");
    federation::Signing foreign;
    foreign.key_pem = federation::other_rsa_key().private_pem();
    EXPECT_EQ(assume_with(response_text(response_xml(), foreign)).text("//Code"), "InvalidIdentityToken");
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(assume_with(good).text("//Code"), "ExpiredTokenException");
}

}  // namespace countersign::sts
