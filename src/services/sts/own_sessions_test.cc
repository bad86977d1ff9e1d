#include "crypto/totp.h"
#include "services/sts/api_fixture.h"

namespace countersign::sts {

constexpr const char* serial = "arn:aws:iam::123456789012:mfa/phone";

class OwnSessions : public ApiTest {
protected:
    const Keys jane_ = add_user("JANE", allow(R"("sts:*","iam:*")"));

    // Another code at every call: none is taken twice.
    std::string mfa_code() {
        const Secret seed("12345678901234567890");
        model::MfaDevice device;
        device.name = "phone";
        device.path = "/";
        device.user = "JANE";
        device.enabled = clock_.now();
        const std::string key = model::keys::mfa_device(account, "phone");
        device.sealed_seed = sealing_.seal(seed, key, random_);
        put_record(key, device);
        return crypto::totp_code(seed, crypto::totp_step(clock_.now()));
    }
};

TEST_F(OwnSessions, ActForTheirUser) {
    const Answer answer = call(jane_, "GetSessionToken");
    EXPECT_EQ(seconds_in(answer), 43'200);
    const Answer identity = call(keys_in(answer), "GetCallerIdentity");
    EXPECT_EQ(identity.text("//Arn"), "arn:aws:iam::123456789012:user/JANE");
    EXPECT_EQ(identity.text("//UserId"), "AIDAJANE");
    EXPECT_EQ(seconds_in(call(jane_, "GetSessionToken", {{"DurationSeconds", "129600"}})), 129'600);
    EXPECT_EQ(call(jane_, "GetSessionToken", {{"DurationSeconds", "129601"}}).status, 400);
    EXPECT_EQ(seconds_in(call(root, "GetSessionToken", {{"DurationSeconds", "43200"}})), 3600);
}

TEST_F(OwnSessions, MayAskLittleOfStsAndNothingOfIam) {
    const Keys session = keys_in(call(jane_, "GetSessionToken"));
    for (const char* action : {"GetSessionToken", "GetFederationToken", "GetAccessKeyInfo"})
        EXPECT_EQ(call(session, action, {{"Name", "app"}, {"AccessKeyId", root.id}}).error(),
                  "AccessDenied: Cannot call " + std::string(action) + " with session credentials");
    EXPECT_EQ(call_iam(session, "GetUser").error(),
              "InvalidClientTokenId: The security token included in the request is invalid.");
    add_role("dev", trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")"), allow(R"("sts:*")"));
    const Keys role = keys_in(assume(session, "dev"));
    EXPECT_EQ(call(role, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status, 200);
    EXPECT_EQ(call(role, "GetSessionToken").status, 403);
}

TEST_F(OwnSessions, WithAnMfaCodeReachIam) {
    const std::string code = mfa_code();
    const Parameters wrong = {{"SerialNumber", serial},
                              {"TokenCode", code == "000000" ? "111111" : "000000"}};
    EXPECT_EQ(call(jane_, "GetSessionToken", wrong).error(),
              "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. ");
    EXPECT_EQ(call(root, "GetSessionToken", {{"SerialNumber", serial}, {"TokenCode", code}}).status, 403);
    const Parameters right = {{"SerialNumber", serial}, {"TokenCode", code}};
    const Keys session = keys_in(call(jane_, "GetSessionToken", right));
    EXPECT_EQ(call_iam(session, "GetUser").status, 200);
    EXPECT_EQ(call(jane_, "GetSessionToken", right).status, 403);

    add_role("careful",
             trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")",
                   R"({"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}})"),
             "");
    EXPECT_EQ(assume(session, "careful").status, 200);
    EXPECT_EQ(assume(jane_, "careful").status, 403);
    clock_.advance(std::chrono::minutes(6));
    EXPECT_EQ(assume(session, "careful").status, 403);
    EXPECT_EQ(assume(jane_, "careful", {{"SerialNumber", serial}, {"TokenCode", mfa_code()}}).status, 200);
    EXPECT_EQ(assume(jane_, "careful", {{"SerialNumber", serial}}).status, 403);
}

TEST_F(OwnSessions, FederatedUsersHaveWhatBothAllow) {
    const Answer answer =
        call(jane_, "GetFederationToken", {{"Name", "app"}, {"Policy", policy_of(allow(R"("*")"))}});
    EXPECT_EQ(answer.text("//FederatedUser/Arn"), "arn:aws:sts::123456789012:federated-user/app");
    EXPECT_EQ(answer.text("//FederatedUserId"), "123456789012:app");
    EXPECT_EQ(seconds_in(answer), 43'200);
    const Keys keys = keys_in(answer);
    const Answer identity = call(keys, "GetCallerIdentity");
    EXPECT_EQ(identity.text("//Arn"), "arn:aws:sts::123456789012:federated-user/app");
    EXPECT_EQ(identity.text("//UserId"), "123456789012:app");
    add_role("dev", trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")"), "");
    EXPECT_EQ(assume(keys, "dev").status, 403);
    EXPECT_EQ(call(keys, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status, 403);
    EXPECT_EQ(call_iam(keys, "GetUser").text("//Code"), "InvalidClientTokenId");
    EXPECT_EQ(call(keys, "GetFederationToken", {{"Name", "more"}}).status, 403);
    EXPECT_EQ(seconds_in(call(root, "GetFederationToken", {{"Name", "app"}})), 3600);

    const auto holder = principals_.find(keys.id, keys.session_token);
    ASSERT_TRUE(holder && *holder);
    const policy::PolicySet& policies = (*holder)->principal->policies;
    const auto may = [&](const char* action) {
        return policy::evaluate(policies, {identity.text("//Arn"), account, action, "*", {}, {}}).allowed();
    };
    EXPECT_TRUE(may("iam:ListUsers"));
    EXPECT_FALSE(may("rds:CreateDBCluster"));  // the user's own policies do not
}

TEST_F(OwnSessions, FederationTokensNeedRights) {
    const Keys bob = add_user("BOB", allow(R"("sts:GetFederationToken")"));
    const Keys eve = add_user("EVE", "");
    EXPECT_EQ(call(eve, "GetFederationToken", {{"Name", "app"}}).error(),
              "AccessDenied: User: arn:aws:iam::123456789012:user/EVE is not authorized to perform: "
              "sts:GetFederationToken on resource: arn:aws:sts::123456789012:federated-user/app because no "
              "identity-based policy allows the sts:GetFederationToken action");
    const Parameters tagged = {{"Name", "app"}, {"Tags.member.1.Key", "Team"}, {"Tags.member.1.Value", "db"}};
    EXPECT_EQ(call(bob, "GetFederationToken", {{"Name", "app"}}).text("//PackedPolicySize"), "0");
    EXPECT_EQ(call(bob, "GetFederationToken", tagged).status, 403);
    EXPECT_EQ(call(jane_, "GetFederationToken", tagged).text("//PackedPolicySize"), "1");
}

}  // namespace countersign::sts
