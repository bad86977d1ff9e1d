// User names and passwords for single services.
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

class ServiceSpecificCredentials : public ApiTest {
protected:
    ServiceSpecificCredentials() { done("CreateUser", {{"UserName", "jane"}}); }

    static Parameters of(const std::string& user, const std::string& service = "codecommit") {
        return {{"UserName", user}, {"ServiceName", service + ".amazonaws.com"}};
    }
    static Parameters at(const std::string& id, const std::string& user = "jane") {
        return {{"UserName", user}, {"ServiceSpecificCredentialId", id}};
    }
    std::string make(const std::string& user, const std::string& service = "codecommit") const {
        return done("CreateServiceSpecificCredential", of(user, service))
            .text("//ServiceSpecificCredentialId");
    }
};

TEST_F(ServiceSpecificCredentials, AreMadeAndShownOnce) {
    const Answer made = done("CreateServiceSpecificCredential", of("jane"));
    const std::string password = made.text("//ServicePassword");
    EXPECT_TRUE(made.text("//ServiceSpecificCredentialId").starts_with("ACCA"));
    EXPECT_EQ(made.text("//ServiceUserName"), "jane-at-123456789012");
    EXPECT_EQ(password.size(), 60U);
    EXPECT_EQ(made.text("//Status"), "Active");
    const Answer listed = done("ListServiceSpecificCredentials", {{"UserName", "jane"}});
    EXPECT_EQ(listed.text("//member/ServiceUserName"), "jane-at-123456789012");
    EXPECT_EQ(listed.text("//member/ServiceName"), "codecommit.amazonaws.com");
    EXPECT_EQ(listed.text("//member/CreateDate"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(listed.count("//ServicePassword"), 0U);
    const std::string place =
        model::keys::service_credentials(account, "jane") + made.text("//ServiceSpecificCredentialId");
    EXPECT_EQ((*store_->get(place))->value.find(password), std::string::npos);
    EXPECT_EQ(record<model::ServiceCredential>(place)->verifier, crypto::sha256_hex(password));
}

TEST_F(ServiceSpecificCredentials, AreTwoAServiceAtMost) {
    make("jane");
    EXPECT_EQ(done("CreateServiceSpecificCredential", of("jane")).text("//ServiceUserName"),
              "jane+1-at-123456789012");
    EXPECT_EQ(refused("CreateServiceSpecificCredential", of("jane")),
              "LimitExceeded: Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2");
    make("jane", "cassandra");
    EXPECT_EQ(done("ListServiceSpecificCredentials", of("jane", "cassandra")).count("//member"), 1U);
    EXPECT_EQ(listed("ListServiceSpecificCredentials", {{"UserName", "jane"}, {"MaxItems", "2"}},
                     "//ServiceSpecificCredentialId")
                  .size(),
              3U);
}

TEST_F(ServiceSpecificCredentials, AreForKnownServices) {
    const std::string unknown =
        "NoSuchEntity: No such service x.amazonaws.com is supported for Service Specific Credentials";
    EXPECT_EQ(refused("CreateServiceSpecificCredential", of("jane", "x")), unknown);
    EXPECT_EQ(refused("ListServiceSpecificCredentials", of("jane", "x")), unknown);
    EXPECT_EQ(refused("CreateServiceSpecificCredential", of("bob")),
              "NoSuchEntity: The user with name bob cannot be found.");
    Parameters ageing = of("jane");
    ageing["CredentialAgeDays"] = "30";
    EXPECT_EQ(refused("CreateServiceSpecificCredential", ageing),
              "InvalidInput: CredentialAgeDays is only valid for services that support API keys.");
}

TEST_F(ServiceSpecificCredentials, ChangeAndEnd) {
    const Answer made = done("CreateServiceSpecificCredential", of("jane"));
    const std::string id = made.text("//ServiceSpecificCredentialId");
    const Answer reset = done("ResetServiceSpecificCredential", at(id));
    EXPECT_EQ(reset.text("//ServiceUserName"), "jane-at-123456789012");
    EXPECT_NE(reset.text("//ServicePassword"), made.text("//ServicePassword"));
    EXPECT_EQ(
        record<model::ServiceCredential>(model::keys::service_credentials(account, "jane") + id)->verifier,
        crypto::sha256_hex(reset.text("//ServicePassword")));
    Parameters inactive = at(id);
    inactive["Status"] = "Inactive";
    done("UpdateServiceSpecificCredential", inactive);
    EXPECT_EQ(done("ListServiceSpecificCredentials", {{"UserName", "jane"}}).text("//Status"), "Inactive");
    done("DeleteServiceSpecificCredential", at(id));
    const std::string unknown = "NoSuchEntity: No such credential " + id + " exists";
    EXPECT_EQ(refused("DeleteServiceSpecificCredential", at(id)), unknown);
    EXPECT_EQ(refused("UpdateServiceSpecificCredential", inactive), unknown);
    EXPECT_EQ(refused("ResetServiceSpecificCredential", at(id)), unknown);
}

TEST_F(ServiceSpecificCredentials, HoldTheirUserAndFollowIt) {
    const std::string id = make("jane");
    EXPECT_EQ(refused("DeleteUser", {{"UserName", "jane"}}),
              "DeleteConflict: Cannot delete entity, must remove referenced objects first.");
    done("UpdateUser", {{"UserName", "jane"}, {"NewUserName", "mary"}});
    const Answer listed = done("ListServiceSpecificCredentials", {{"UserName", "mary"}});
    EXPECT_EQ(listed.text("//member/UserName"), "mary");
    EXPECT_EQ(listed.text("//member/ServiceUserName"), "jane-at-123456789012");
    done("CreateUser", {{"UserName", "jane"}});
    EXPECT_EQ(done("CreateServiceSpecificCredential", of("jane")).text("//ServiceUserName"),
              "jane+1-at-123456789012");
    done("DeleteServiceSpecificCredential", at(id, "mary"));
    done("DeleteUser", {{"UserName", "mary"}});
}

TEST_F(ServiceSpecificCredentials, AreListedOfAllUsersWithARightOnAll) {
    done("CreateUser", {{"UserName", "bob"}});
    make("jane");
    make("bob");
    EXPECT_EQ(done("ListServiceSpecificCredentials", {{"AllUsers", "true"}}).count("//member"), 2U);
    EXPECT_TRUE(refused("ListServiceSpecificCredentials", {{"AllUsers", "true"}, {"UserName", "bob"}})
                    .starts_with("InvalidInput: "));
    add_key("AKIAJANEJANEJANEJANE", "jane");
    done("PutUserPolicy",
         {{"UserName", "jane"},
          {"PolicyName", "own"},
          {"PolicyDocument",
           R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*Credential*",)"
           R"("Resource":"arn:aws:iam::*:user/jane"}]})"}});
    EXPECT_EQ(done("ListServiceSpecificCredentials", {}, "AKIAJANEJANEJANEJANE").count("//member"), 1U);
    EXPECT_TRUE(refused("ListServiceSpecificCredentials", {{"AllUsers", "true"}}, "AKIAJANEJANEJANEJANE")
                    .starts_with("AccessDenied: "));
}

}  // namespace

}  // namespace countersign::iam
