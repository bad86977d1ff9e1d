#include "login/verdict.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "crypto/digest.h"
#include "sigv4/token.h"

namespace countersign::login {
namespace {

// Nothing of a login reads the text of a token again: what it says is had of a SentToken alone.
static_assert(!std::is_invocable_v<decltype(claimed_key), std::string_view>);
static_assert(!std::is_invocable_v<decltype(mark_of), std::string_view>);
static_assert(std::is_same_v<decltype(Attempt::token), SentToken>);

using std::chrono::seconds;

constexpr Instant signed_at{seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
const sigv4::Credentials key{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ""};
constexpr std::string_view allow_jane =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"Jane","Effect":"Allow","Action":"rds-db:connect",
        "Resource":"arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/jane"}]})";

// A login that every check lets pass; each test spoils one thing.
class VerdictTest : public testing::Test {
protected:
    VerdictTest() {
        server_ = {"cluster-R", "us-east-1", "123456789012", true, {{"localhost", 15432}}, {}};
        record_.active = true;
        record_.scope = {"20260101", "us-east-1", "rds-db"};
        record_.signing_key = sigv4::derive_key(key.secret_access_key, record_.scope);
        give(allow_jane);
        sign({"localhost", 15432, "us-east-1", "jane"});
    }

    void give(std::string_view document) {
        auto principal = std::make_shared<Principal>();
        principal->arn = "arn:aws:iam::123456789012:user/u";
        principal->account = "123456789012";
        principal->policies.identity.push_back({"p", *policy::parse(document)});
        record_.principal = std::move(principal);
    }
    void sign(const sigv4::TokenTarget& target) { token_ = sigv4::make_token(target, key, signed_at); }

    Verdict judged() const {
        Attempt attempt{transport_, membership_, user_, "", SentToken(token_)};
        return judge(attempt, server_, {known_ ? &record_ : nullptr}, now_);
    }
    // The name of the check that refuses, or "allowed".
    std::string outcome() const {
        const Verdict verdict = judged();
        return verdict.allowed() ? "allowed" : std::string(name_of(verdict.failed()));
    }

    Server server_;
    LoginRecord record_;
    Transport transport_ = Transport::tls;
    Membership membership_ = Membership::member;
    std::string user_ = "jane";
    std::string token_;
    bool known_ = true;
    Instant now_ = signed_at + seconds(30);
};

TEST_F(VerdictTest, AllowsAndNamesWhoAndWhy) {
    const Verdict verdict = judged();
    EXPECT_TRUE(verdict.allowed());
    EXPECT_EQ(verdict.principal_arn(), "arn:aws:iam::123456789012:user/u");
    EXPECT_EQ(verdict.access_key_id(), key.access_key_id);
    ASSERT_TRUE(verdict.decided_by());
    EXPECT_EQ(verdict.decided_by()->sid, "Jane");
}

TEST_F(VerdictTest, TheZeroValueIsARefusal) {
    EXPECT_FALSE(Verdict().allowed());
}

TEST_F(VerdictTest, NeedsTls) {
    for (const Transport transport : {Transport::plain, Transport::unknown}) {
        transport_ = transport;
        EXPECT_EQ(outcome(), "transport");
    }
}

TEST_F(VerdictTest, NeedsIamEnabled) {
    server_.iam_enabled = false;
    EXPECT_EQ(outcome(), "resource");
}

TEST_F(VerdictTest, NeedsAToken) {
    for (const std::string& text :
         {std::string(), std::string("secret"), std::string(65'536, 'x'), std::string("\xFF\xFE")}) {
        token_ = text;
        EXPECT_EQ(outcome(), "token.form");
    }
}

TEST_F(VerdictTest, NeedsTheUserByteForByte) {
    user_ = "Jane";
    EXPECT_EQ(outcome(), "token.user");
}

TEST_F(VerdictTest, NeedsAnEndpointOfTheServer) {
    for (const sigv4::TokenTarget& target : {sigv4::TokenTarget{"127.0.0.1", 15432, "us-east-1", "jane"},
                                             sigv4::TokenTarget{"localhost", 15433, "us-east-1", "jane"}}) {
        sign(target);
        EXPECT_EQ(outcome(), "token.endpoint");
    }
    sign({"LocalHost", 15432, "us-east-1", "jane"});
    EXPECT_EQ(outcome(), "allowed");
}

TEST_F(VerdictTest, NeedsTheRegion) {
    sign({"localhost", 15432, "eu-west-1", "jane"});
    EXPECT_EQ(outcome(), "token.region");
}

TEST_F(VerdictTest, LastsFifteenMinutesAndNoLonger) {
    now_ = signed_at + seconds(900);
    EXPECT_EQ(outcome(), "allowed");
    now_ = signed_at + seconds(901);
    EXPECT_EQ(outcome(), "token.time");
    now_ = signed_at - seconds(300);
    EXPECT_EQ(outcome(), "allowed");
    now_ = signed_at - seconds(301);
    EXPECT_EQ(outcome(), "token.time");
}

TEST_F(VerdictTest, NeedsAKnownActiveUnexpiredKey) {
    known_ = false;
    EXPECT_EQ(outcome(), "key");
    known_ = true;
    record_.active = false;
    EXPECT_EQ(outcome(), "key");
    record_.active = true;
    record_.expires = now_ - seconds(1);
    EXPECT_EQ(outcome(), "key");
}

TEST_F(VerdictTest, NeedsTheSignatureOfThatKey) {
    token_.back() = token_.back() == '0' ? '1' : '0';
    EXPECT_EQ(outcome(), "signature");
    EXPECT_EQ(judged().principal_arn(), "");
    sign({"localhost", 15432, "us-east-1", "jane"});
    record_.session_digest = crypto::sha256_hex("a session token");
    EXPECT_EQ(outcome(), "signature");
    record_.session_digest.clear();
    record_.scope.date = "20260102";
    EXPECT_EQ(outcome(), "signature");
}

TEST_F(VerdictTest, NeedsMembershipInRdsIam) {
    for (const Membership membership : {Membership::outsider, Membership::unknown}) {
        membership_ = membership;
        EXPECT_EQ(outcome(), "role");
    }
}

TEST_F(VerdictTest, NeedsAPolicyThatAllows) {
    for (const char* resource : {"cluster-R/bob", "cluster-X/jane", "cluster-R/JANE", "db-R/jane"}) {
        give(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect",
                 "Resource":"arn:aws:rds-db:us-east-1:123456789012:dbuser:)" +
             std::string(resource) + R"("}]})");
        EXPECT_EQ(outcome(), "policy") << resource;
    }
    give(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds:*","Resource":"*"}]})");
    EXPECT_EQ(outcome(), "policy");
}

TEST_F(VerdictTest, AnExplicitDenyWinsAndIsNamed) {
    give(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
             {"Sid":"NotHere","Effect":"Deny","Action":"rds-db:connect","Resource":"*"}]})");
    const Verdict verdict = judged();
    EXPECT_FALSE(verdict.allowed());
    ASSERT_TRUE(verdict.decided_by());
    EXPECT_EQ(verdict.decided_by()->statement, 2U);
    EXPECT_NE(verdict.reason().find("with an explicit deny in an identity-based policy"), std::string::npos);
}

TEST_F(VerdictTest, SourceAddressIsNoConditionKeyAsOnAws) {
    give(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"*",
             "Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}}]})");
    EXPECT_EQ(outcome(), "policy");
}

TEST_F(VerdictTest, NoReasonHoldsAPartOfTheToken) {
    const std::string signature = token_.substr(token_.size() - 64);
    user_ = "bob";
    EXPECT_EQ(judged().reason().find(signature), std::string::npos);
    user_ = "jane";
    token_.back() = token_.back() == '0' ? '1' : '0';
    EXPECT_EQ(judged().reason().find(signature.substr(0, 32)), std::string::npos);
}

}  // namespace
}  // namespace countersign::login
