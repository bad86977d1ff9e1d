#include "formats/json.h"
#include "model/access_key_id.h"
#include "services/sts/api_fixture.h"

namespace countersign::sts {

namespace json = formats::json;

constexpr const char* message_header = "x-countersign-encoded-authorization-message";

class CallerOperations : public ApiTest {
protected:
    Answer decode(const Keys& keys, const std::string& message) {
        return call(keys, "DecodeAuthorizationMessage", {{"EncodedMessage", message}});
    }
};

TEST_F(CallerOperations, IdentifyEverybody) {
    EXPECT_EQ(call(root, "GetCallerIdentity").text("//Arn"), "arn:aws:iam::123456789012:root");
    const Keys jane = add_user("JANE", R"({"Effect":"Deny","Action":"*","Resource":"*"})");
    EXPECT_EQ(call(jane, "GetCallerIdentity").text("//Arn"), "arn:aws:iam::123456789012:user/JANE");
}

TEST_F(CallerOperations, TellWhoseAKeyIs) {
    const auto account_of = [&](const std::string& id) {
        const Answer answer = call(root, "GetAccessKeyInfo", {{"AccessKeyId", id}});
        return answer.status == 200 ? answer.text("//Account") : answer.text("//Code");
    };
    EXPECT_EQ(account_of(add_user("THEIRSTHEIRSTHEI", "", other_account).id), other_account);
    EXPECT_EQ(account_of(model::new_session_key_id(other_account, random_)), other_account);
    EXPECT_EQ(account_of(model::new_session_key_id("555555555555", random_)), "ValidationError");
    EXPECT_EQ(account_of("AKIAUNKNOWNUNKNOWNUN"), "ValidationError");
    const Keys bob = add_user("BOB", "");
    EXPECT_EQ(call(bob, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).text("//Code"), "AccessDenied");
}

TEST_F(CallerOperations, DecodeWhyACallWasRefused) {
    const Keys bob = add_user(
        "BOB", R"({"Sid":"NotThis","Effect":"Deny","Action":"sts:GetAccessKeyInfo","Resource":"*"})");
    const Answer refused = call(bob, "GetAccessKeyInfo", {{"AccessKeyId", root.id}});
    ASSERT_EQ(refused.headers.count(message_header), 1U);
    const std::string message = refused.headers.at(message_header);
    EXPECT_EQ(message.find("GetAccessKeyInfo"), std::string::npos);
    const Answer decoded = decode(root, message);
    ASSERT_EQ(decoded.status, 200) << decoded.error();
    const auto parsed = formats::parse_json(decoded.text("//DecodedMessage"));
    ASSERT_TRUE(parsed);
    const json::object& said = parsed->get_object();
    EXPECT_FALSE(said.at("allowed").get_bool());
    EXPECT_TRUE(said.at("explicitDeny").get_bool());
    const json::object& matched = said.at("matchedStatements").at("items").at(0).get_object();
    EXPECT_EQ(matched.at("statementId"), "NotThis");
    EXPECT_EQ(matched.at("effect"), "DENY");
    const json::object& context = said.at("context").get_object();
    EXPECT_EQ(context.at("action"), "sts:GetAccessKeyInfo");
    EXPECT_EQ(context.at("resource"), "*");
    EXPECT_EQ(context.at("principal").at("arn"), "arn:aws:iam::123456789012:user/BOB");
    EXPECT_EQ(context.at("principal").at("name"), "BOB");
    EXPECT_EQ(context.at("principal").at("id"), "AIDABOB");
    EXPECT_FALSE(context.at("conditions").at("items").get_array().empty());
}

TEST_F(CallerOperations, DecodeNothingElse) {
    const Keys bob = add_user("BOB", "");
    const std::string message =
        call(bob, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).headers[message_header];
    const std::string invalid = "InvalidAuthorizationMessageException: Message is not valid.";
    EXPECT_EQ(decode(bob, message).text("//Code"), "AccessDenied");
    add_key("AKIATHEIRSTHEIRSTHEI", "", other_account);
    EXPECT_EQ(decode({"AKIATHEIRSTHEIRSTHEI", secret, ""}, message).error(), invalid);
    std::string altered = message;
    altered[altered.size() / 2] = altered[altered.size() / 2] == 'A' ? 'B' : 'A';
    EXPECT_EQ(decode(root, altered).error(), invalid);
    EXPECT_EQ(decode(root, message.substr(1)).error(), invalid);
    EXPECT_EQ(decode(root, "x").error(), invalid);
    // A session token is sealed with the same key, and is no message.
    EXPECT_EQ(decode(root, keys_in(call(root, "GetSessionToken")).session_token).error(), invalid);
}

TEST_F(CallerOperations, RefusalsOfOtherKindsCarryNoMessage) {
    EXPECT_EQ(assume(root, "dev").headers.count(message_header), 0U);
    EXPECT_EQ(call({root.id, "wrong", ""}, "GetCallerIdentity").headers.count(message_header), 0U);
    EXPECT_EQ(call(root, "GetCallerIdentity").headers.count(message_header), 0U);
}

}  // namespace countersign::sts
