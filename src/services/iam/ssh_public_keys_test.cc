// SSH public keys of users.
#include "crypto/test_key.h"
#include "crypto/test_ssh_keys.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

class SshPublicKeys : public ApiTest {
protected:
    SshPublicKeys() { done("CreateUser", {{"UserName", "Jane"}}); }

    static Parameters body(const std::string& key, const std::string& user = "jane") {
        return {{"UserName", user}, {"SSHPublicKeyBody", key}};
    }
    static Parameters at(const std::string& id, const std::string& name, const std::string& value,
                         const std::string& user = "jane") {
        return {{"UserName", user}, {"SSHPublicKeyId", id}, {name, value}};
    }
    std::string upload(const std::string& key, const std::string& user = "jane") const {
        return done("UploadSSHPublicKey", body(key, user)).text("//SSHPublicKeyId");
    }
    // One that nobody else has.
    static std::string other_key() {
        const crypto::TestKey key = crypto::TestKey::rsa();
        std::string bytes("\0\0\0\7ssh-rsa\0\0\0\3\1\0\1\0\0\1\1\0", 23);
        return "ssh-rsa " + crypto::to_base64(bytes + key.modulus());
    }
};

TEST_F(SshPublicKeys, AreUploadedAndShown) {
    const Answer answer = done("UploadSSHPublicKey", body(crypto::ssh_line + " jane@example.com"));
    const std::string id = answer.text("//SSHPublicKeyId");
    EXPECT_TRUE(id.starts_with("APKA")) << id;
    EXPECT_EQ(answer.text("//UserName"), "Jane");
    EXPECT_EQ(answer.text("//Fingerprint"), crypto::ssh_fingerprint);
    EXPECT_EQ(answer.text("//SSHPublicKeyBody"), crypto::ssh_line + " jane@example.com");
    EXPECT_EQ(answer.text("//Status"), "Active");
    EXPECT_EQ(answer.text("//UploadDate"), "2026-01-01T00:00:00Z");
    const Answer got = done("GetSSHPublicKey", at(id, "Encoding", "SSH"));
    EXPECT_EQ(got.text("//SSHPublicKeyBody"), crypto::ssh_line + " jane@example.com");
    EXPECT_EQ(got.text("//Fingerprint"), crypto::ssh_fingerprint);
    EXPECT_EQ(done("GetSSHPublicKey", at(id, "Encoding", "PEM")).text("//SSHPublicKeyBody"), crypto::ssh_pem);
    const Answer listed = done("ListSSHPublicKeys", {{"UserName", "jane"}});
    EXPECT_EQ(listed.text("//member/SSHPublicKeyId"), id);
    EXPECT_EQ(listed.text("//member/UserName"), "Jane");
    EXPECT_EQ(listed.text("//member/Status"), "Active");
    EXPECT_EQ(listed.text("//IsTruncated"), "false");
    EXPECT_EQ(listed.count("//SSHPublicKeyBody"), 0U);
}

TEST_F(SshPublicKeys, ComeAsPemToo) {
    const std::string id = upload(crypto::ssh_pem);
    EXPECT_EQ(done("GetSSHPublicKey", at(id, "Encoding", "PEM")).text("//SSHPublicKeyBody"), crypto::ssh_pem);
    EXPECT_EQ(done("GetSSHPublicKey", at(id, "Encoding", "SSH")).text("//SSHPublicKeyBody"),
              crypto::ssh_line);
    EXPECT_TRUE(refused("GetSSHPublicKey", at(id, "Encoding", "DER")).starts_with("ValidationError: "));
}

TEST_F(SshPublicKeys, AreKeys) {
    EXPECT_EQ(
        refused("UploadSSHPublicKey", body(crypto::ssh_other_family)),
        "UnrecognizedPublicKeyEncoding: The public key encoding format is unsupported or unrecognized.");
    EXPECT_EQ(refused("UploadSSHPublicKey", body("ssh-rsa AAAA")),
              "InvalidPublicKey: The public key is malformed or otherwise invalid.");
    EXPECT_EQ(refused("UploadSSHPublicKey", body("ssh-rsa AAAA", "bob")),
              "NoSuchEntity: The user with name bob cannot be found.");
}

TEST_F(SshPublicKeys, AreOnceWithAUser) {
    upload(crypto::ssh_line);
    for (const std::string& form : {crypto::ssh_line + " again", crypto::ssh_pem}) {
        const Answer answer = call("UploadSSHPublicKey", body(form));
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.error(),
                  "DuplicateSSHPublicKey: The SSH public key is already associated with the "
                  "specified IAM user.");
    }
    done("CreateUser", {{"UserName", "bob"}});
    upload(crypto::ssh_line, "bob");
}

TEST_F(SshPublicKeys, AreFiveAtMost) {
    for (int i = 0; i < 5; ++i) upload(other_key());
    EXPECT_EQ(refused("UploadSSHPublicKey", body(crypto::ssh_line)),
              "LimitExceeded: Cannot exceed quota for SSHPublicKeysPerUser: 5");
    EXPECT_EQ(
        listed("ListSSHPublicKeys", {{"UserName", "jane"}, {"MaxItems", "2"}}, "//SSHPublicKeyId").size(),
        5U);
}

TEST_F(SshPublicKeys, ChangeAndEnd) {
    const std::string id = upload(crypto::ssh_line);
    done("UpdateSSHPublicKey", at(id, "Status", "Inactive"));
    EXPECT_EQ(done("GetSSHPublicKey", at(id, "Encoding", "SSH")).text("//Status"), "Inactive");
    EXPECT_EQ(refused("UpdateSSHPublicKey", at(id, "Status", "Expired")),
              "ValidationError: 1 validation error detected: Value at 'status' failed to satisfy "
              "constraint: Member must satisfy enum value set");
    done("CreateUser", {{"UserName", "bob"}});
    const std::string unknown = "NoSuchEntity: The Public Key with id " + id + " cannot be found.";
    EXPECT_EQ(refused("UpdateSSHPublicKey", at(id, "Status", "Active", "bob")), unknown);
    EXPECT_EQ(refused("DeleteSSHPublicKey", {{"UserName", "bob"}, {"SSHPublicKeyId", id}}), unknown);
    done("DeleteSSHPublicKey", {{"UserName", "jane"}, {"SSHPublicKeyId", id}});
    EXPECT_EQ(refused("DeleteSSHPublicKey", {{"UserName", "jane"}, {"SSHPublicKeyId", id}}), unknown);
    EXPECT_EQ(refused("GetSSHPublicKey", at(id, "Encoding", "SSH")), unknown);
    EXPECT_EQ(done("ListSSHPublicKeys", {{"UserName", "jane"}}).count("//member"), 0U);
}

TEST_F(SshPublicKeys, HoldTheirUserAndFollowIt) {
    const std::string id = upload(crypto::ssh_line);
    EXPECT_EQ(refused("DeleteUser", {{"UserName", "jane"}}),
              "DeleteConflict: Cannot delete entity, must remove referenced objects first.");
    for (const char* name : {"JANE", "mary"}) {
        const std::string old =
            done("ListSSHPublicKeys", {{"UserName", name == std::string("JANE") ? "jane" : "JANE"}})
                .text("//member/UserName");
        done("UpdateUser", {{"UserName", old}, {"NewUserName", name}});
        const Answer got = done("GetSSHPublicKey", at(id, "Encoding", "SSH", name));
        EXPECT_EQ(got.text("//UserName"), name);
    }
    done("CreateUser", {{"UserName", "jane"}});
    EXPECT_EQ(done("ListSSHPublicKeys", {{"UserName", "jane"}}).count("//member"), 0U);
    done("DeleteSSHPublicKey", {{"UserName", "mary"}, {"SSHPublicKeyId", id}});
    done("DeleteUser", {{"UserName", "mary"}});
}

TEST_F(SshPublicKeys, NeedARightOnTheUser) {
    add_key("AKIAJANEJANEJANEJANE", "Jane");
    done("CreateUser", {{"UserName", "bob"}});
    done("PutUserPolicy",
         {{"UserName", "jane"},
          {"PolicyName", "own"},
          {"PolicyDocument", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":)"
                             R"("iam:*SSHPublicKey*","Resource":"arn:aws:iam::*:user/${aws:username}"}]})"}});
    done("UploadSSHPublicKey", body(crypto::ssh_line), "AKIAJANEJANEJANEJANE");
    EXPECT_EQ(done("ListSSHPublicKeys", {}, "AKIAJANEJANEJANEJANE").count("//member"), 1U);
    EXPECT_TRUE(refused("UploadSSHPublicKey", body(crypto::ssh_line, "bob"), "AKIAJANEJANEJANEJANE")
                    .starts_with("AccessDenied: "));
}

}  // namespace

}  // namespace countersign::iam
