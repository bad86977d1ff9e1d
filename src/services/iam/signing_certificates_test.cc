// X.509 signing certificates of users.
#include "crypto/test_key.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

class SigningCertificates : public ApiTest {
protected:
    SigningCertificates() { done("CreateUser", {{"UserName", "Jane"}}); }

    static std::string certificate() { return crypto::TestKey::ec().certificate_pem(); }
    static Parameters body(const std::string& pem, const std::string& user = "jane") {
        return {{"UserName", user}, {"CertificateBody", pem}};
    }
    static Parameters at(const std::string& id, const std::string& user = "jane") {
        return {{"UserName", user}, {"CertificateId", id}};
    }
    std::string upload(const std::string& pem, const std::string& user = "jane") const {
        return done("UploadSigningCertificate", body(pem, user)).text("//CertificateId");
    }
};

TEST_F(SigningCertificates, AreUploadedAndShown) {
    const std::string pem = certificate();
    const Answer answer = done("UploadSigningCertificate", body(pem));
    EXPECT_EQ(answer.text("//CertificateId").size(), 32U);
    EXPECT_EQ(answer.text("//UserName"), "Jane");
    EXPECT_EQ(answer.text("//CertificateBody"), pem);
    EXPECT_EQ(answer.text("//Status"), "Active");
    EXPECT_EQ(answer.text("//UploadDate"), "2026-01-01T00:00:00Z");
    const Answer listed = done("ListSigningCertificates", {{"UserName", "jane"}});
    EXPECT_EQ(listed.text("//member/CertificateId"), answer.text("//CertificateId"));
    EXPECT_EQ(listed.text("//member/CertificateBody"), pem);
    EXPECT_EQ(listed.text("//IsTruncated"), "false");
}

TEST_F(SigningCertificates, AreCertificates) {
    EXPECT_EQ(refused("UploadSigningCertificate", body("invalid-certificate-body")),
              "MalformedCertificate: Certificate invalid-certificate-body is malformed.");
    const std::string key = crypto::TestKey::ec().private_pem();
    EXPECT_EQ(refused("UploadSigningCertificate", body(key)),
              "MalformedCertificate: Certificate body is malformed.");
    EXPECT_EQ(refused("UploadSigningCertificate", body("x", "bob")),
              "NoSuchEntity: The user with name bob cannot be found.");
    EXPECT_EQ(refused("ListSigningCertificates", {{"UserName", "bob"}}),
              "NoSuchEntity: The user with name bob cannot be found.");
}

TEST_F(SigningCertificates, AreOnceInAnAccount) {
    const std::string pem = certificate();
    const std::string id = upload(pem);
    done("CreateUser", {{"UserName", "bob"}});
    for (const char* user : {"jane", "bob"}) {
        const Answer answer = call("UploadSigningCertificate", body("\n" + pem, user));
        EXPECT_EQ(answer.status, 409);
        EXPECT_EQ(
            answer.error(),
            "DuplicateCertificate: The same certificate is associated with an IAM user in the account.");
    }
    done("DeleteSigningCertificate", at(id));
    upload(pem, "bob");
}

TEST_F(SigningCertificates, AreTwoAtMost) {
    upload(certificate());
    const std::string second = upload(certificate());
    EXPECT_EQ(refused("UploadSigningCertificate", body(certificate())),
              "LimitExceeded: Cannot exceed quota for CertificatesPerUser: 2");
    EXPECT_EQ(listed("ListSigningCertificates", {{"UserName", "jane"}, {"MaxItems", "1"}}, "//CertificateId")
                  .size(),
              2U);
    done("DeleteSigningCertificate", at(second));
    upload(certificate());
}

TEST_F(SigningCertificates, ChangeAndEnd) {
    const std::string id = upload(certificate());
    Parameters inactive = at(id);
    inactive["Status"] = "Inactive";
    done("UpdateSigningCertificate", inactive);
    EXPECT_EQ(done("ListSigningCertificates", {{"UserName", "jane"}}).text("//Status"), "Inactive");
    const std::string other = "NONEXISTENTCERTID12345678901";
    const std::string unknown = "NoSuchEntity: The Certificate with id " + other + " cannot be found.";
    inactive["CertificateId"] = other;
    EXPECT_EQ(refused("UpdateSigningCertificate", inactive), unknown);
    EXPECT_EQ(refused("DeleteSigningCertificate", at(other)), unknown);
    EXPECT_EQ(refused("DeleteSigningCertificate", at(id, "bob")),
              "NoSuchEntity: The user with name bob cannot be found.");
    done("DeleteSigningCertificate", at(id));
    EXPECT_EQ(done("ListSigningCertificates", {{"UserName", "jane"}}).count("//member"), 0U);
}

TEST_F(SigningCertificates, HoldTheirUserAndFollowIt) {
    const std::string pem = certificate();
    const std::string id = upload(pem);
    EXPECT_EQ(refused("DeleteUser", {{"UserName", "jane"}}),
              "DeleteConflict: Cannot delete entity, must delete certificates first.");
    done("UpdateUser", {{"UserName", "jane"}, {"NewUserName", "mary"}});
    EXPECT_EQ(done("ListSigningCertificates", {{"UserName", "mary"}}).text("//member/UserName"), "mary");
    EXPECT_TRUE(refused("UploadSigningCertificate", body(pem, "mary")).starts_with("DuplicateCertificate: "));
    done("DeleteSigningCertificate", at(id, "mary"));
    done("DeleteUser", {{"UserName", "mary"}});
}

TEST_F(SigningCertificates, AreTheCallersOwnWithoutAName) {
    const std::string pem = certificate();
    const Answer root = done("UploadSigningCertificate", {{"CertificateBody", pem}});
    EXPECT_EQ(root.count("//UserName"), 0U);
    EXPECT_EQ(done("ListSigningCertificates", {{"UserName", "jane"}}).count("//member"), 0U);
    EXPECT_EQ(done("ListSigningCertificates").count("//member"), 1U);
    done("DeleteSigningCertificate", {{"CertificateId", root.text("//CertificateId")}});
    EXPECT_EQ(done("ListSigningCertificates").count("//member"), 0U);
}

}  // namespace

}  // namespace countersign::iam
