#include "federation/caller_identity.h"

#include "access/session.h"
#include "services/sts/api_fixture.h"

namespace countersign::sts {

using namespace std::chrono_literals;

// The server is its own AWS: it is asked about requests that were signed for its own STS.
class CallerIdentityTest : public ApiTest {
protected:
    static constexpr const char* server = "db.example.org";
    static constexpr const char* provider_arn = "arn:aws:iam::123456789012:oidc-provider/sts.amazonaws.com";

    CallerIdentityTest() {
        AwsSts aws;
        aws.ask = [this](const std::string& host, const http::Request& request) -> Result<http::Response> {
            ++asked_;
            EXPECT_EQ(host, *request.header("host"));
            if (unreachable_) return Error{Fault::unavailable, "no route"};
            http::Response response;
            gateway_->answer(request, [&](http::Response given) { response = std::move(given); });
            return response;
        };
        serve({service({*store_, sealing_, random_, provider_keys_, aws})});
        model::OidcProvider provider;
        provider.url = "sts.amazonaws.com";
        provider.client_ids = {server};
        put_record(model::keys::oidc_provider(account, provider.url), provider);
        jane_ = add_user("jane", "", other_account);
        trust_subject("app", "arn:aws:iam::210987654321:user/jane");
    }

    void trust_subject(const std::string& name, const std::string& subject) {
        add_role(
            name,
            trust(R"("Federated":")" + std::string(provider_arn) + '"', R"("sts:AssumeRoleWithWebIdentity")",
                  R"({"StringEquals":{"sts.amazonaws.com:sub":")" + subject +
                      R"(","sts.amazonaws.com:aud":"db.example.org"}})"),
            allow(R"("sts:*")"));
    }

    std::string token(const Keys& keys, const std::string& role = "app", const std::string& meant = server) {
        const federation::ProofFor wanted{"sts.us-east-1.amazonaws.com", "us-east-1", meant,
                                          std::to_string(++nonce_), role_arn(role)};
        return federation::to_token(federation::sign_caller_identity(
            wanted, {keys.id, Secret(keys.secret), keys.session_token}, clock_.now()));
    }

    Answer assume_with(const std::string& token, const std::string& role = "app") {
        return call_unsigned(
            "AssumeRoleWithWebIdentity",
            {{"RoleArn", role_arn(role)}, {"RoleSessionName", "host-1"}, {"WebIdentityToken", token}});
    }

    Keys jane_;
    bool unreachable_ = false;
    int asked_ = 0;
    int nonce_ = 0;
};

TEST_F(CallerIdentityTest, WhomAwsNamesGetsTheRoleThatTrustsThem) {
    const Answer answer = assume_with(token(jane_));
    const Keys keys = keys_in(answer);
    EXPECT_EQ(answer.text("//SubjectFromWebIdentityToken"), "arn:aws:iam::210987654321:user/jane");
    EXPECT_EQ(answer.text("//Audience"), server);
    EXPECT_EQ(answer.text("//Provider"), provider_arn);
    EXPECT_EQ(call(keys, "GetCallerIdentity").text("//Arn"),
              "arn:aws:sts::123456789012:assumed-role/app/host-1");
    const auto opened = access::open_session(keys.session_token, keys.id, sealing_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->session.federated_provider, provider_arn);
    EXPECT_EQ(opened->session.context.at("sts.amazonaws.com:account"),
              std::vector<std::string>{other_account});
}

TEST_F(CallerIdentityTest, NobodyElseGetsIt) {
    const Keys bob = add_user("bob", "", other_account);
    EXPECT_EQ(assume_with(token(bob)).error(),
              "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity");
    EXPECT_EQ(assume_with(token(jane_, "none"), "none").error(),
              "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity");
    EXPECT_EQ(assume_with(token({jane_.id, "another secret"})).error(),
              "InvalidIdentityToken: AWS's STS does not accept the signed request: SignatureDoesNotMatch");
    add_role("ours", trust(R"("AWS":"*")", R"("sts:AssumeRole")"), "");
    EXPECT_EQ(assume_with(token(jane_, "ours"), "ours").text("//Code"), "AccessDenied");
}

TEST_F(CallerIdentityTest, ASessionOfARoleIsTrustedByItsRole) {
    add_role("worker", trust(R"("AWS":"210987654321")", R"("sts:AssumeRole")"), "", other_account);
    const Keys jim = add_user("jim", allow(R"("sts:AssumeRole")"), other_account);
    const Keys session = keys_in(assume(jim, "worker", {{"RoleArn", role_arn("worker", other_account)}}));
    trust_subject("batch", role_arn("worker", other_account));
    const Answer answer = assume_with(token(session, "batch"), "batch");
    EXPECT_EQ(answer.text("//SubjectFromWebIdentityToken"), role_arn("worker", other_account));
    EXPECT_EQ(assume_with(token(session)).text("//Code"), "AccessDenied");
}

TEST_F(CallerIdentityTest, ARequestIsGoodForOneSession) {
    const std::string first = token(jane_);
    EXPECT_EQ(assume_with(first).status, 200);
    const int before = asked_;
    EXPECT_EQ(assume_with(first).error(),
              "InvalidIdentityToken: The request has been used already; sign another");
    EXPECT_EQ(asked_, before) << "AWS is not asked again";
    EXPECT_EQ(assume_with(token(jane_)).status, 200);
}

TEST_F(CallerIdentityTest, WhatIsForAnotherRoleIsNotSent) {
    trust_subject("admin", "arn:aws:iam::210987654321:user/jane");
    EXPECT_EQ(assume_with(token(jane_), "admin").error(),
              "InvalidIdentityToken: The request was signed for another role");
    EXPECT_EQ(asked_, 0);
}

// Whoever has an account of AWS would be let in.
TEST_F(CallerIdentityTest, ATrustPolicyThatNamesNobodyLetsNobodyIn) {
    const auto trusting = [&](const std::string& name, const std::string& condition) {
        add_role(name,
                 trust(R"("Federated":")" + std::string(provider_arn) + '"',
                       R"("sts:AssumeRoleWithWebIdentity")", condition),
                 "");
        return assume_with(token(jane_, name), name);
    };
    EXPECT_EQ(
        trusting("open", R"({"StringEquals":{"sts.amazonaws.com:aud":"db.example.org"}})").text("//Code"),
        "AccessDenied");
    EXPECT_EQ(trusting("loose", "{}").text("//Code"), "AccessDenied");
    EXPECT_EQ(trusting("negative", R"({"StringNotEquals":{"sts.amazonaws.com:account":"111122223333"}})")
                  .text("//Code"),
              "AccessDenied");
    EXPECT_EQ(trusting("if-there", R"({"StringEqualsIfExists":{"sts.amazonaws.com:account":"210987654321"}})")
                  .text("//Code"),
              "AccessDenied");
    EXPECT_EQ(trusting("account", R"({"StringEquals":{"sts.amazonaws.com:account":"210987654321"}})").status,
              200);
    EXPECT_EQ(
        trusting("session", R"({"ArnLike":{"sts.amazonaws.com:arn":"arn:aws:iam::210987654321:user/*"}})")
            .status,
        200);
}

TEST_F(CallerIdentityTest, WhatIsForAnotherServerIsNotSent) {
    const Answer answer = assume_with(token(jane_, "app", "evil.example.org"));
    EXPECT_EQ(answer.text("//Code"), "InvalidIdentityToken");
    const std::string old = token(jane_);
    clock_.advance(6min);
    EXPECT_EQ(assume_with(old).text("//Code"), "ExpiredTokenException");
    EXPECT_EQ(assume_with("countersign-aws-v1.e30").text("//Code"), "InvalidIdentityToken");
    EXPECT_EQ(asked_, 0);
}

TEST_F(CallerIdentityTest, AnAccountThatRegisteredNoSuchProviderLetsNobodyIn) {
    add_role("theirs", trust(R"("Federated":"*")", R"("sts:AssumeRoleWithWebIdentity")"), "", other_account);
    const Answer answer =
        call_unsigned("AssumeRoleWithWebIdentity", {{"RoleArn", role_arn("theirs", other_account)},
                                                    {"RoleSessionName", "host-1"},
                                                    {"WebIdentityToken", token(jane_)}});
    EXPECT_EQ(answer.error(),
              "InvalidIdentityToken: No OpenIDConnect provider found in your account for "
              "https://sts.amazonaws.com");
    EXPECT_EQ(asked_, 0);
}

TEST_F(CallerIdentityTest, AnAwsThatCannotBeAskedLetsNobodyIn) {
    unreachable_ = true;
    const Answer answer = assume_with(token(jane_));
    EXPECT_EQ(answer.error(),
              "IDPCommunicationError: AWS's STS cannot be asked at sts.us-east-1.amazonaws.com: no route");
}

// AWS signs no JSON Web Tokens of that name: whoever published keys there would be AWS.
TEST_F(CallerIdentityTest, NoTokenStandsForAws) {
    const Answer answer =
        assume_with("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3N0cy5hbWF6b25hd3MuY29tIn0.c2ln");
    EXPECT_EQ(answer.text("//Code"), "InvalidIdentityToken");
    EXPECT_EQ(asked_, 0);
}

}  // namespace countersign::sts
