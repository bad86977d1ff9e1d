// OpenID Connect and SAML providers.
#include "federation/test_saml.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

class OidcProviders : public ApiTest {
protected:
    static inline const std::string arn = "arn:aws:iam::123456789012:oidc-provider/token.example.com/tenant";
    static inline const std::string thumbprint = std::string(40, 'a');

    static Parameters named(const std::string& url) {
        return {{"Url", url},
                {"ClientIDList.member.1", "sts.amazonaws.com"},
                {"ThumbprintList.member.1", thumbprint}};
    }
    static Parameters at() { return {{"OpenIDConnectProviderArn", arn}}; }
    static Parameters at(const std::string& name, const std::string& value) {
        return {{"OpenIDConnectProviderArn", arn}, {name, value}};
    }
    void make() { done("CreateOpenIDConnectProvider", named("https://token.example.com/tenant")); }
};

TEST_F(OidcProviders, AreMadeAndShown) {
    Parameters parameters = named("https://token.example.com/tenant");
    parameters.insert({{"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}});
    EXPECT_EQ(done("CreateOpenIDConnectProvider", parameters).text("//OpenIDConnectProviderArn"), arn);
    const Answer got = done("GetOpenIDConnectProvider", at());
    EXPECT_EQ(got.text("//Url"), "token.example.com/tenant");
    EXPECT_EQ(got.text("//ClientIDList/member"), "sts.amazonaws.com");
    EXPECT_EQ(got.text("//ThumbprintList/member"), thumbprint);
    EXPECT_EQ(got.text("//Tags/member/Key"), "k");
    EXPECT_EQ(done("ListOpenIDConnectProviders").text("//member/Arn"), arn);
    EXPECT_EQ(refused("CreateOpenIDConnectProvider", parameters),
              "EntityAlreadyExists: Provider with url https://token.example.com/tenant already exists.");
}

TEST_F(OidcProviders, HaveProperUrls) {
    for (const char* url : {"http://token.example.com", "token.example.com", "https://", "https:///x",
                            "https://a.example.com?x=y", "https://a.example.com#x", "https://u@a.example.com",
                            "https://a b.example.com"})
        EXPECT_EQ(refused("CreateOpenIDConnectProvider", named(url)),
                  "ValidationError: Invalid Open ID Connect Provider URL")
            << url;
}

TEST_F(OidcProviders, HaveLimits) {
    Parameters parameters = named("https://a.example.com");
    for (int i = 1; i <= 101; ++i) parameters["ClientIDList.member." + std::to_string(i)] = std::to_string(i);
    EXPECT_EQ(refused("CreateOpenIDConnectProvider", parameters),
              "LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100");
    parameters = named("https://a.example.com");
    for (int i = 1; i <= 6; ++i) parameters["ThumbprintList.member." + std::to_string(i)] = thumbprint;
    EXPECT_EQ(refused("CreateOpenIDConnectProvider", parameters),
              "InvalidInput: Thumbprint list must contain fewer than 5 entries.");
    parameters = named("https://a.example.com");
    parameters["ThumbprintList.member.1"] = std::string(39, 'a');
    EXPECT_TRUE(refused("CreateOpenIDConnectProvider", parameters).starts_with("ValidationError: "));
    parameters["ThumbprintList.member.1"] = std::string(40, 'x');
    EXPECT_TRUE(refused("CreateOpenIDConnectProvider", parameters).starts_with("InvalidInput: "));
}

TEST_F(OidcProviders, Change) {
    make();
    done("AddClientIDToOpenIDConnectProvider", at("ClientID", "app"));
    done("AddClientIDToOpenIDConnectProvider", at("ClientID", "app"));
    done("RemoveClientIDFromOpenIDConnectProvider", at("ClientID", "sts.amazonaws.com"));
    done("RemoveClientIDFromOpenIDConnectProvider", at("ClientID", "none"));
    done("UpdateOpenIDConnectProviderThumbprint", at("ThumbprintList.member.1", std::string(40, 'b')));
    done("TagOpenIDConnectProvider",
         {{"OpenIDConnectProviderArn", arn}, {"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}});
    const Answer got = done("GetOpenIDConnectProvider", at());
    EXPECT_EQ(got.texts("//ClientIDList/member"), std::vector<std::string>{"app"});
    EXPECT_EQ(got.texts("//ThumbprintList/member"), std::vector<std::string>{std::string(40, 'b')});
    EXPECT_EQ(done("ListOpenIDConnectProviderTags", at()).text("//Tags/member/Value"), "v");
    done("UntagOpenIDConnectProvider", at("TagKeys.member.1", "k"));
    EXPECT_EQ(done("ListOpenIDConnectProviderTags", at()).count("//Tags/member"), 0U);
}

TEST_F(OidcProviders, AreDeleted) {
    make();
    done("DeleteOpenIDConnectProvider", at());
    done("DeleteOpenIDConnectProvider", at());  // no error on AWS either
    EXPECT_EQ(refused("GetOpenIDConnectProvider", at()),
              "NoSuchEntity: OpenIDConnect Provider not found for arn " + arn);
}

class SamlProviders : public ApiTest {
protected:
    static inline const std::string arn = "arn:aws:iam::123456789012:saml-provider/Okta";
    void make() {
        done("CreateSAMLProvider", {{"Name", "Okta"}, {"SAMLMetadataDocument", federation::metadata_xml()}});
    }
};

TEST_F(SamlProviders, AreMadeAndShown) {
    make();
    const Answer got = done("GetSAMLProvider", {{"SAMLProviderArn", arn}});
    EXPECT_EQ(got.text("//SAMLMetadataDocument"), federation::metadata_xml());
    EXPECT_EQ(got.text("//ValidUntil"), "2027-01-01T00:00:00Z");
    EXPECT_EQ(done("ListSAMLProviders").text("//member/Arn"), arn);
    EXPECT_TRUE(refused("CreateSAMLProvider",
                        {{"Name", "okta"}, {"SAMLMetadataDocument", federation::metadata_xml()}})
                    .starts_with("EntityAlreadyExists: "));
}

TEST_F(SamlProviders, TakeOnlyMetadata) {
    EXPECT_TRUE(refused("CreateSAMLProvider", {{"Name", "Okta"}, {"SAMLMetadataDocument", "<a/>"}})
                    .starts_with("ValidationError: "));
    const std::string nonsense = "<a>" + std::string(2000, 'x') + "</a>";
    EXPECT_TRUE(refused("CreateSAMLProvider", {{"Name", "Okta"}, {"SAMLMetadataDocument", nonsense}})
                    .starts_with("InvalidInput: "));
    make();
    EXPECT_TRUE(refused("UpdateSAMLProvider", {{"SAMLProviderArn", arn}, {"SAMLMetadataDocument", nonsense}})
                    .starts_with("InvalidInput: "));
}

TEST_F(SamlProviders, RefuseWhatIsNotOffered) {
    const Answer answer = call("CreateSAMLProvider", {{"Name", "Okta"},
                                                      {"SAMLMetadataDocument", federation::metadata_xml()},
                                                      {"AssertionEncryptionMode", "Required"}});
    EXPECT_NE(answer.status, 200);
    EXPECT_EQ(done("ListSAMLProviders").count("//member"), 0U);
}

TEST_F(SamlProviders, ChangeAndEnd) {
    make();
    const std::string other = federation::replaced(federation::metadata_xml(), "made by hand", "made anew");
    EXPECT_EQ(done("UpdateSAMLProvider", {{"SAMLProviderArn", arn}, {"SAMLMetadataDocument", other}})
                  .text("//SAMLProviderArn"),
              arn);
    EXPECT_EQ(done("GetSAMLProvider", {{"SAMLProviderArn", arn}}).text("//SAMLMetadataDocument"), other);
    done("TagSAMLProvider",
         {{"SAMLProviderArn", arn}, {"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}});
    EXPECT_EQ(done("ListSAMLProviderTags", {{"SAMLProviderArn", arn}}).text("//Tags/member/Value"), "v");
    done("UntagSAMLProvider", {{"SAMLProviderArn", arn}, {"TagKeys.member.1", "k"}});
    EXPECT_EQ(done("ListSAMLProviderTags", {{"SAMLProviderArn", arn}}).count("//Tags/member"), 0U);
    done("DeleteSAMLProvider", {{"SAMLProviderArn", arn}});
    EXPECT_EQ(refused("DeleteSAMLProvider", {{"SAMLProviderArn", arn}}),
              "NoSuchEntity: Manifest not found for arn " + arn);
}

}  // namespace

}  // namespace countersign::iam
