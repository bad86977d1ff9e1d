// Judging a live session again, and what the agent has seen of a token.
#include <gtest/gtest.h>

#include "login/verdict.h"
#include "sigv4/token.h"

namespace countersign::login {
namespace {

using std::chrono::seconds;

constexpr Instant signed_at{seconds(1'767'225'600)};
const sigv4::Credentials key{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ""};
constexpr std::string_view from_ten =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"*",
        "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]})";

class VerdictAgainTest : public testing::Test {
protected:
    VerdictAgainTest() {
        server_.resource_id = "cluster-R";
        server_.region = "us-east-1";
        server_.account = "123456789012";
        server_.iam_enabled = true;
        server_.endpoints = {{"localhost", 15432}};
        server_.context = ConnectContext::full;
        auto principal = std::make_shared<Principal>();
        principal->arn = "arn:aws:iam::123456789012:user/u";
        principal->account = "123456789012";
        principal->policies.identity.push_back({"p", *policy::parse(from_ten)});
        record_.active = true;
        record_.scope = {"20260101", "us-east-1", "rds-db"};
        record_.signing_key = sigv4::derive_key(key.secret_access_key, record_.scope);
        record_.principal = std::move(principal);
        session_.user = "jane";
        session_.source_address = "10.0.0.1";
        known_.record = &record_;
    }

    static std::string outcome(const Verdict& verdict) {
        return verdict.allowed() ? "allowed" : std::string(name_of(verdict.failed()));
    }
    std::string again(Instant now = signed_at + std::chrono::hours(30)) const {
        return outcome(judge_again(session_, server_, known_, now));
    }

    Server server_;
    LoginRecord record_;
    Attempt session_;
    KeyFacts known_;
};

TEST_F(VerdictAgainTest, ASessionOutlivesItsTokenAndItsCredentials) {
    record_.expires = signed_at;
    record_.scope.date = "20251231";
    EXPECT_EQ(again(), "allowed");
}

TEST_F(VerdictAgainTest, EndsWithWhatLetItIn) {
    server_.iam_enabled = false;
    EXPECT_EQ(again(), "resource");
    server_.iam_enabled = true;
    record_.active = false;
    EXPECT_EQ(again(), "key");
    record_.active = true;
    known_.record = nullptr;
    EXPECT_EQ(again(), "key");
    known_.record = &record_;
    session_.source_address = "192.0.2.1";
    EXPECT_EQ(again(), "policy");
}

TEST_F(VerdictAgainTest, WhatTheAgentSawOfATokenIsACheckOfItsOwn) {
    const std::string token = sigv4::make_token({"localhost", 15432, "us-east-1", "jane"}, key, signed_at);
    session_.transport = Transport::tls;
    session_.rds_iam = Membership::member;
    session_.token = SentToken(token);
    EXPECT_EQ(outcome(judge(session_, server_, known_, signed_at)), "allowed");
    known_.already_used = true;
    EXPECT_EQ(outcome(judge(session_, server_, known_, signed_at)), "token.replay");
    session_.source_address = "192.0.2.1";
    EXPECT_EQ(outcome(judge(session_, server_, known_, signed_at)), "policy")
        << "told of what is refused first";
    known_.over_rate = true;
    EXPECT_EQ(outcome(judge(session_, server_, known_, signed_at)), "throttle");
}

TEST(TokenMarkTest, IsTheTokensOwnHoweverItIsWritten) {
    const sigv4::TokenTarget target{"localhost", 15432, "us-east-1", "jane"};
    const std::string token = sigv4::make_token(target, key, signed_at);
    const auto mark = mark_of(SentToken(token));
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->expires, signed_at + seconds(900));
    std::string unslashed = token;
    unslashed.erase(unslashed.find('/'), 1);
    ASSERT_TRUE(mark_of(SentToken(unslashed)));
    EXPECT_EQ(mark_of(SentToken(unslashed))->digest, mark->digest);
    const std::string later = sigv4::make_token(target, key, signed_at + seconds(1));
    EXPECT_NE(mark_of(SentToken(later))->digest, mark->digest);
    EXPECT_FALSE(mark_of(SentToken("secret")));
}

}  // namespace
}  // namespace countersign::login
