#include "client/credentials/documents.h"

#include <gtest/gtest.h>

#include "formats/iso_time.h"

namespace countersign::client {
namespace {

using Words = std::vector<std::string>;

std::string said_of_output(std::string_view text) {
    const auto found = parse_process_output(text);
    return found ? found->credentials.access_key_id : found.error().message;
}
std::string said_of_metadata(std::string_view text) {
    const auto found = parse_metadata_answer(text);
    return found ? found->credentials.access_key_id : found.error().message;
}

TEST(CredentialDocumentsTest, TimesAreThoseOfTheSdksAndOfTheAwsCli) {
    const auto time = parse_expiration("2026-11-30T04:00:00Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(parse_expiration("2026-11-30T04:00:00UTC"), time);
    EXPECT_EQ(parse_expiration("2026-11-30T05:00:00+01:00"), time);
    EXPECT_FALSE(parse_expiration("UTC"));
    EXPECT_FALSE(parse_expiration("tomorrow"));
}

TEST(CredentialDocumentsTest, AProcessOutputIsWholeOrSaysWhatItLacks) {
    EXPECT_EQ(said_of_output(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":null})"),
              "A");
    const std::string start = "Error when retrieving credentials from custom-process: ";
    EXPECT_EQ(said_of_output("s3cr3t"), start + "the output is not a JSON object");
    EXPECT_EQ(said_of_output("[]"), start + "the output is not a JSON object");
    const std::string supported = "' for credential process provider, supported versions: 1";
    EXPECT_EQ(said_of_output("{}"), start + "Unsupported version '<Version key not provided>" + supported);
    EXPECT_EQ(said_of_output(R"({"Version":2})"), start + "Unsupported version '2" + supported);
    EXPECT_EQ(said_of_output(R"({"Version":"1"})"), start + "Unsupported version '1" + supported);
    EXPECT_EQ(said_of_output(R"({"Version":1,"AccessKeyId":"A"})"),
              start + "Missing required key in response: 'SecretAccessKey'");
    EXPECT_EQ(said_of_output(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"x"})"),
              start + "Expiration is not a time of ISO 8601");
}

TEST(CredentialDocumentsTest, AMetadataAnswerMayTellWhyThereAreNone) {
    EXPECT_EQ(said_of_metadata(R"({"AccessKeyId":"A","SecretAccessKey":"s","Token":"t",
                                   "Expiration":"2026-11-30T04:00:00Z"})"),
              "A");
    EXPECT_EQ(said_of_metadata(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no trust"})"),
              "AssumeRoleUnauthorizedAccess: no trust");
    EXPECT_EQ(said_of_metadata(R"({"AccessKeyId":"A"})"), "the answer has no SecretAccessKey");
    EXPECT_EQ(said_of_metadata("<html>"), "the answer is not a JSON object");
}

TEST(CredentialDocumentsTest, ThePortalsTimesAreMilliseconds) {
    const auto found = parse_role_credentials(
        R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t","expiration":1000}})");
    ASSERT_TRUE(found);
    EXPECT_EQ(formats::second_time(*found->expiration), "1970-01-01T00:00:01Z");
    EXPECT_FALSE(parse_role_credentials(R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s",
                                            "sessionToken":"t","expiration":9223372036854775807}})"));
    EXPECT_FALSE(parse_role_credentials("{}"));
}

TEST(CredentialDocumentsTest, WhatIsKeptIsReadAgain) {
    FoundCredentials found{{"A", Secret("s"), "t"}};
    found.expiration = parse_expiration("2026-11-30T04:00:00Z");
    const auto again = parse_cached_credentials(cached_credentials_text(found));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->credentials.access_key_id, "A");
    EXPECT_EQ(again->credentials.secret_access_key.reveal(), "s");
    EXPECT_EQ(again->expiration, found.expiration);
    EXPECT_FALSE(parse_cached_credentials(R"({"Credentials":{"AccessKeyId":"A"}})"));
    EXPECT_FALSE(parse_cached_credentials("{"));
}

TEST(CredentialDocumentsTest, ASignInIsReadAgain) {
    SsoToken token;
    token.access_token = Secret("a");
    token.refresh_token = Secret("r");
    token.expires_at = *parse_expiration("2026-11-30T04:00:00Z");
    const auto again = parse_sso_token(sso_token_text(token));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->refresh_token.reveal(), "r");
    EXPECT_EQ(again->expires_at, token.expires_at);
    EXPECT_FALSE(parse_sso_token(R"({"accessToken":"a"})"));
    const auto created = parse_created_token(R"({"accessToken":"n","expiresIn":60})", token.expires_at);
    ASSERT_TRUE(created);
    EXPECT_EQ(formats::second_time(created->expires_at), "2026-11-30T04:01:00Z");
    EXPECT_FALSE(parse_created_token(R"({"accessToken":"n","expiresIn":-1})", token.expires_at));
}

TEST(CredentialDocumentsTest, CommandsAreSplitAsByAShell) {
    EXPECT_EQ(split_command(" a  b\tc "), (Words{"a", "b", "c"}));
    EXPECT_EQ(split_command(R"(a "b c"d 'e "f' g\ h)"), (Words{"a", "b cd", "e \"f", "g h"}));
    EXPECT_EQ(split_command(R"("\"x\" \n" '' "")"), (Words{R"("x" \n)", "", ""}));
    EXPECT_EQ(split_command("a $B `c` * ;d"), (Words{"a", "$B", "`c`", "*", ";d"}));
    EXPECT_EQ(split_command(""), Words{});
    EXPECT_FALSE(split_command("a 'b"));
    EXPECT_FALSE(split_command("a \\"));
}

// What Python's json.dumps writes.
TEST(CredentialDocumentsTest, JsonIsAscii) {
    EXPECT_EQ(ascii_json("a/b\"\\\n\t\x01\x7f"), R"("a/b\"\\\n\t\u0001\u007f")");
    EXPECT_EQ(ascii_json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), R"("\u00e9\u20ac\ud83d\ude00")");
}

}  // namespace
}  // namespace countersign::client
