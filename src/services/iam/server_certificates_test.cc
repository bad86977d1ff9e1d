// Server certificates.
#include "crypto/certificates.h"
#include "crypto/test_key.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

class ServerCertificates : public ApiTest {
protected:
    ServerCertificates() : root_(*crypto::make_authority("root", clock_.now(), random_)) {
        served_ = *crypto::issue_server(root_, {"db.example.org", {"db.example.org"}}, clock_.now(), random_);
    }

    Parameters named(const std::string& name) const {
        return {{"ServerCertificateName", name},
                {"CertificateBody", served_.certificate_pem},
                {"PrivateKey", std::string(served_.key_pem.reveal())}};
    }
    Parameters with(const std::string& name, const std::string& value) const {
        Parameters parameters = named("web");
        parameters[name] = value;
        return parameters;
    }
    static Parameters at(const std::string& name) { return {{"ServerCertificateName", name}}; }
    static Parameters at(const std::string& name, Parameters more) {
        more["ServerCertificateName"] = name;
        return more;
    }
    static std::string unknown(const std::string& name) {
        return "NoSuchEntity: The Server Certificate with name " + name + " cannot be found.";
    }

    crypto::CertifiedKey root_;
    crypto::CertifiedKey served_;
};

TEST_F(ServerCertificates, AreUploadedAndShown) {
    Parameters parameters = named("Web");
    parameters.insert({{"Path", "/cloudfront/"},
                       {"CertificateChain", root_.certificate_pem},
                       {"Tags.member.1.Key", "k"},
                       {"Tags.member.1.Value", "v"}});
    const Answer answer = done("UploadServerCertificate", parameters);
    const std::string metadata = "//ServerCertificateMetadata";
    EXPECT_TRUE(answer.text(metadata + "/ServerCertificateId").starts_with("ASCA"));
    EXPECT_EQ(answer.text("//Tags/member/Key"), "k");
    const Answer got = done("GetServerCertificate", at("web"));
    const Answer listed = done("ListServerCertificates");
    for (const auto& [shown, path] : {std::pair{&answer, metadata}, std::pair{&got, metadata},
                                      std::pair{&listed, metadata + "List/member"}}) {
        EXPECT_EQ(shown->text(path + "/Arn"), "arn:aws:iam::123456789012:server-certificate/cloudfront/Web");
        EXPECT_EQ(shown->text(path + "/Path"), "/cloudfront/");
        EXPECT_EQ(shown->text(path + "/ServerCertificateName"), "Web");
        EXPECT_EQ(shown->text(path + "/UploadDate"), "2026-01-01T00:00:00Z");
        EXPECT_EQ(shown->text(path + "/Expiration"), "2026-12-31T00:00:00Z");
    }
    EXPECT_EQ(got.text("//CertificateBody"), served_.certificate_pem);
    EXPECT_EQ(got.text("//CertificateChain"), root_.certificate_pem);
    EXPECT_EQ(got.text("//Tags/member/Value"), "v");
    EXPECT_EQ(refused("UploadServerCertificate", named("wEB")),
              "EntityAlreadyExists: The Server Certificate with name wEB already exists.");
}

TEST_F(ServerCertificates, KeepTheirKey) {
    done("UploadServerCertificate", named("web"));
    const auto stored = record<model::ServerCertificate>(model::keys::server_certificate(account, "web"));
    ASSERT_TRUE(stored);
    const auto opened =
        sealing_.open(stored->sealed_key, model::keys::server_certificate_key(account, stored->id));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), served_.key_pem.reveal());
    const auto entry = store_->get(model::keys::server_certificate(account, "web"));
    EXPECT_EQ((*entry)->value.find("PRIVATE KEY"), std::string::npos);
    std::ostringstream text;
    done("GetServerCertificate", at("web")).document.save(text);
    EXPECT_EQ(text.str().find("PRIVATE KEY"), std::string::npos);
}

TEST_F(ServerCertificates, BelongTogether) {
    EXPECT_EQ(refused("UploadServerCertificate", with("CertificateBody", "none")),
              "MalformedCertificate: Unable to parse certificate. Please ensure the certificate is in PEM "
              "format.");
    EXPECT_EQ(refused("UploadServerCertificate", with("PrivateKey", "none")),
              "MalformedCertificate: Invalid Private Key.");
    EXPECT_EQ(refused("UploadServerCertificate", with("PrivateKey", std::string(root_.key_pem.reveal()))),
              "KeyPairMismatch: The public key certificate and the private key do not match.");
    EXPECT_EQ(refused("UploadServerCertificate", with("CertificateChain", "none")),
              "MalformedCertificate: Unable to parse certificate chain. Please ensure it is in PEM format.");
    EXPECT_EQ(refused("UploadServerCertificate", with("CertificateChain", served_.certificate_pem)),
              "MalformedCertificate: Unable to validate certificate chain. The certificate chain must start "
              "with the immediate signing certificate, followed by any intermediaries in order. The index "
              "within the chain of the invalid certificate is: -1");
    EXPECT_EQ(done("ListServerCertificates").count("//member"), 0U);
}

TEST_F(ServerCertificates, AreValidNow) {
    const Parameters parameters = named("web");
    clock_.time += std::chrono::days(364);
    EXPECT_EQ(refused("UploadServerCertificate", parameters),
              "MalformedCertificate: Certificate is no longer valid. The 'Not After' date restriction on the "
              "certificate has passed.");
    clock_.time -= std::chrono::days(366);
    EXPECT_EQ(refused("UploadServerCertificate", parameters),
              "MalformedCertificate: Certificate is not yet valid. The 'Not Before' date restriction on the "
              "certificate has not passed.");
}

TEST_F(ServerCertificates, AreTwentyAtMost) {
    for (int i = 0; i < 20; ++i) {
        Parameters parameters = named("web" + std::to_string(i));
        if (i < 3) parameters["Path"] = "/few/";
        done("UploadServerCertificate", parameters);
    }
    EXPECT_EQ(refused("UploadServerCertificate", named("one-more")),
              "LimitExceeded: Cannot exceed quota for ServerCertificatesPerAccount: 20");
    EXPECT_TRUE(refused("UploadServerCertificate", named("web1")).starts_with("EntityAlreadyExists: "));
    EXPECT_EQ(listed("ListServerCertificates", {{"MaxItems", "7"}}, "//member/Arn").size(), 20U);
    EXPECT_EQ(listed("ListServerCertificates", {{"PathPrefix", "/few/"}, {"MaxItems", "2"}}, "//member/Arn"),
              (std::vector<std::string>{"arn:aws:iam::123456789012:server-certificate/few/web0",
                                        "arn:aws:iam::123456789012:server-certificate/few/web1",
                                        "arn:aws:iam::123456789012:server-certificate/few/web2"}));
}

TEST_F(ServerCertificates, AreRenamed) {
    done("UploadServerCertificate", named("web"));
    done("UploadServerCertificate", named("other"));
    const std::string id = done("GetServerCertificate", at("web")).text("//ServerCertificateId");
    done("UpdateServerCertificate", at("web", {{"NewServerCertificateName", "Front"}, {"NewPath", "/a/"}}));
    EXPECT_EQ(refused("GetServerCertificate", at("web")), unknown("web"));
    const Answer got = done("GetServerCertificate", at("front"));
    EXPECT_EQ(got.text("//Arn"), "arn:aws:iam::123456789012:server-certificate/a/Front");
    EXPECT_EQ(got.text("//ServerCertificateId"), id);
    done("UpdateServerCertificate", at("Front", {{"NewServerCertificateName", "FRONT"}}));
    EXPECT_EQ(refused("UpdateServerCertificate", at("front", {{"NewServerCertificateName", "Other"}})),
              "EntityAlreadyExists: The Server Certificate with name Other already exists.");
    EXPECT_EQ(refused("UpdateServerCertificate", at("none", {{"NewPath", "/b/"}})), unknown("none"));
    const auto stored = record<model::ServerCertificate>(model::keys::server_certificate(account, "front"));
    ASSERT_TRUE(stored);
    EXPECT_TRUE(sealing_.open(stored->sealed_key, model::keys::server_certificate_key(account, id)));
}

TEST_F(ServerCertificates, AreTagged) {
    done("UploadServerCertificate", named("web"));
    done("TagServerCertificate", at("web", {{"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}}));
    EXPECT_EQ(done("ListServerCertificateTags", at("web")).text("//Tags/member/Value"), "v");
    done("UntagServerCertificate", at("web", {{"TagKeys.member.1", "k"}}));
    EXPECT_EQ(done("ListServerCertificateTags", at("web")).count("//Tags/member"), 0U);
    EXPECT_EQ(refused("ListServerCertificateTags", at("none")), unknown("none"));
}

TEST_F(ServerCertificates, End) {
    done("UploadServerCertificate", named("web"));
    done("DeleteServerCertificate", at("WEB"));
    EXPECT_EQ(refused("DeleteServerCertificate", at("web")), unknown("web"));
    EXPECT_EQ(done("ListServerCertificates").count("//member"), 0U);
}

TEST_F(ServerCertificates, NeedARightOnTheirPath) {
    done("CreateUser", {{"UserName", "jane"}});
    add_key("AKIAJANEJANEJANEJANE", "jane");
    done("PutUserPolicy",
         {{"UserName", "jane"},
          {"PolicyName", "own"},
          {"PolicyDocument",
           R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*ServerCertificate*",)"
           R"("Resource":"arn:aws:iam::123456789012:server-certificate/own/*"}]})"}});
    Parameters own = with("Path", "/own/");
    EXPECT_TRUE(refused("UploadServerCertificate", named("web"), "AKIAJANEJANEJANEJANE")
                    .starts_with("AccessDenied: "));
    done("UploadServerCertificate", own, "AKIAJANEJANEJANEJANE");
    done("GetServerCertificate", at("web"), "AKIAJANEJANEJANEJANE");
    EXPECT_TRUE(refused("UpdateServerCertificate", at("web", {{"NewPath", "/"}}), "AKIAJANEJANEJANEJANE")
                    .starts_with("AccessDenied: "));
    done("UpdateServerCertificate", at("web", {{"NewPath", "/own/deep/"}}), "AKIAJANEJANEJANEJANE");
}

}  // namespace

}  // namespace countersign::iam
