#include "federation/caller_identity.h"

#include <gtest/gtest.h>

#include "federation/base64url.h"
#include "formats/iso_time.h"
#include "formats/record.h"
#include "sigv4/request.h"

namespace countersign::federation {
namespace {

using namespace std::chrono_literals;

const Instant now = *formats::parse_extended_time("2026-01-01T10:00:00Z");
const sigv4::Credentials key{"AKIAEXAMPLE", Secret("secret"), ""};
const sigv4::Credentials session_key{"ASIAEXAMPLE", Secret("secret"), "IQoJb3JpZ2luX2VjE+/="};
const ProofFor wanted{"sts.eu-central-1.amazonaws.com", "eu-central-1", "db.example.org", "0123abcd",
                      "arn:aws:iam::123456789012:role/app"};

CallerIdentityProof proof(const sigv4::Credentials& by = key, Instant at = now) {
    return sign_caller_identity(wanted, by, at);
}

std::string refusal(const CallerIdentityProof& proof, const std::string& server = "db.example.org") {
    const auto checked = check_proof(proof, {{server}, wanted.role, aws_sts_hosts(), now});
    return checked ? "" : checked.error().code + ": " + checked.error().message;
}

http::Response identity_answer(const std::string& arn, const std::string& account = "111122223333") {
    return {200,
            {},
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<GetCallerIdentityResult><Arn>" +
                arn + "</Arn><UserId>AROAEXAMPLE:i-1</UserId><Account>" + account +
                "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"};
}

TEST(CallerIdentity, IsARequestAsAwsTakesIt) {
    for (const sigv4::Credentials& by : {key, session_key}) {
        const auto request = sigv4::parse_request(caller_identity_request(proof(by)));
        ASSERT_TRUE(request) << request.error().message;
        const auto verified = request->verify(by.secret_access_key, "sts", now);
        EXPECT_TRUE(verified) << verified.error().message;
        EXPECT_EQ(request->session_token(), by.session_token);
    }
}

TEST(CallerIdentity, EveryPartOfItIsSigned) {
    const auto verifies = [](const CallerIdentityProof& proof) {
        const auto request = sigv4::parse_request(caller_identity_request(proof));
        return request && request->verify(session_key.secret_access_key, "sts", now);
    };
    const CallerIdentityProof good = proof(session_key);
    EXPECT_TRUE(verifies(good));
    for (std::string CallerIdentityProof::*part :
         {&CallerIdentityProof::host, &CallerIdentityProof::server, &CallerIdentityProof::nonce,
          &CallerIdentityProof::role, &CallerIdentityProof::session_token, &CallerIdentityProof::signature}) {
        CallerIdentityProof altered = good;
        (altered.*part)[1] = (altered.*part)[1] == 'b' ? 'c' : 'b';
        EXPECT_FALSE(verifies(altered)) << altered.*part;
    }
    CallerIdentityProof later = good;
    later.date = formats::basic_time(now + 1s);
    EXPECT_FALSE(verifies(later));
}

TEST(CallerIdentity, ATokenIsReadAsItWasMade) {
    const std::string token = to_token(proof(session_key));
    EXPECT_TRUE(is_caller_identity_token(token));
    const auto read = parse_caller_identity_token(token);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(formats::to_record(*read), formats::to_record(proof(session_key)));
    EXPECT_FALSE(is_caller_identity_token("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"));
}

// Nothing that could end a header, or make another one, gets through.
TEST(CallerIdentity, PartsThatNoSignerMakesAreRefused) {
    for (std::string CallerIdentityProof::*part :
         {&CallerIdentityProof::host, &CallerIdentityProof::server, &CallerIdentityProof::nonce,
          &CallerIdentityProof::date, &CallerIdentityProof::credential, &CallerIdentityProof::signature,
          &CallerIdentityProof::session_token})
        for (const char* foreign : {"\r\nHost: evil.example", "\n", " ", "@evil.example", ",", "\x80"}) {
            CallerIdentityProof altered = proof(session_key);
            altered.*part += foreign;
            const auto read = parse_caller_identity_token(to_token(altered));
            ASSERT_FALSE(read) << altered.*part;
            EXPECT_EQ(read.error().code, "InvalidIdentityToken");
        }
    CallerIdentityProof of_s3 = proof();
    of_s3.credential = "AKIAEXAMPLE/20260101/eu-central-1/s3/aws4_request";
    EXPECT_FALSE(parse_caller_identity_token(to_token(of_s3)));
    for (const char* text :
         {"countersign-aws-v1.", "countersign-aws-v1.e30", "countersign-aws-v1.%", "", "x"})
        EXPECT_FALSE(parse_caller_identity_token(text)) << text;
}

TEST(CallerIdentity, IsForThisServerThatHostAndNow) {
    EXPECT_EQ(refusal(proof()), "");
    EXPECT_EQ(refusal(proof(), "other.example.org").substr(0, 57),
              "InvalidIdentityToken: The request was signed for another ");
    CallerIdentityProof elsewhere = proof();
    for (const char* host : {"sts.evil.example", "sts.eu-central-1.amazonaws.com.evil.example",
                             "sts.eu-central-1.amazonaws.com:8443", "localhost", "169.254.169.254"}) {
        elsewhere.host = host;
        EXPECT_EQ(refusal(elsewhere).substr(0, 20), "InvalidIdentityToken") << host;
    }
    CallerIdentityProof for_another = proof();
    for_another.role = "arn:aws:iam::123456789012:role/admin";
    EXPECT_EQ(refusal(for_another), "InvalidIdentityToken: The request was signed for another role");
    EXPECT_EQ(refusal(proof(key, now - 5min)), "");
    EXPECT_EQ(refusal(proof(key, now - 5min - 1s)).substr(0, 21), "ExpiredTokenException");
    EXPECT_EQ(refusal(proof(key, now + 5min)), "");
    EXPECT_EQ(refusal(proof(key, now + 5min + 1s)).substr(0, 20), "InvalidIdentityToken");
}

TEST(CallerIdentity, HostsAreThoseOfThePublicPartitions) {
    for (const char* host : {"sts.amazonaws.com", "sts.us-east-1.amazonaws.com",
                             "sts.us-gov-west-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn"})
        EXPECT_TRUE(aws_sts_hosts().contains(host)) << host;
    EXPECT_FALSE(aws_sts_hosts().contains("sts.cn-north-1.amazonaws.com"));
}

TEST(CallerIdentity, ARequestIsKnownAgainHoweverItsSignatureIsSpelled) {
    CallerIdentityProof spelled = proof();
    for (char& c : spelled.signature) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(digest_of(spelled), digest_of(proof()));
    EXPECT_NE(digest_of(proof(key, now + 1s)), digest_of(proof()));
}

TEST(CallerIdentity, ASessionIsOneOfItsRole) {
    const auto identity =
        read_caller_identity(identity_answer("arn:aws:sts::111122223333:assumed-role/app/i-1"));
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->subject, "arn:aws:iam::111122223333:role/app");
    EXPECT_EQ(identity->arn, "arn:aws:sts::111122223333:assumed-role/app/i-1");
    EXPECT_EQ(identity->user_id, "AROAEXAMPLE:i-1");
    EXPECT_EQ(read_caller_identity(identity_answer("arn:aws:iam::111122223333:user/a/jane"))->subject,
              "arn:aws:iam::111122223333:user/a/jane");
}

TEST(CallerIdentity, AnAnswerThatNamesNobodyIsNobody) {
    const auto code = [](const http::Response& answer) { return read_caller_identity(answer).error().code; };
    EXPECT_EQ(code(identity_answer("")), "IDPCommunicationError");
    EXPECT_EQ(code(identity_answer("arn:aws:iam::111122223333:user/jane", "444455556666")),
              "IDPCommunicationError");
    EXPECT_EQ(code(identity_answer("arn:aws:s3::111122223333:bucket")), "IDPCommunicationError");
    EXPECT_EQ(code({200, {}, "<html>"}), "IDPCommunicationError");
    EXPECT_EQ(code({302, {{"Location", "https://evil.example/"}}, ""}), "IDPCommunicationError");
    EXPECT_EQ(code({503, {}, ""}), "IDPCommunicationError");
    EXPECT_EQ(code({403, {}, ""}), "InvalidIdentityToken");
    const http::Response refused{
        403,
        {},
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
        "<Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>"};
    EXPECT_EQ(read_caller_identity(refused).error().message,
              "AWS's STS does not accept the signed request: InvalidClientTokenId");
}

}  // namespace
}  // namespace countersign::federation
