// What must hold for all temporary credentials, however they were come by.
#include "access/session.h"
#include "services/sts/api_fixture.h"

namespace countersign::sts {

class Sessions : public ApiTest {
protected:
    Sessions() { add_role("dev", trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")"), ""); }
    const Keys jane_ = add_user("JANE", allow(R"("sts:*")"));

    std::string identify(const Keys& keys) {
        const Answer answer = call(keys, "GetCallerIdentity");
        return answer.status == 200 ? answer.text("//Arn") : answer.text("//Code");
    }
};

TEST_F(Sessions, EndOnTime) {
    const Parameters short_time = {{"DurationSeconds", "900"}};
    const auto ends = [&](const Keys& keys) {
        clock_.advance(std::chrono::milliseconds(899'999));
        EXPECT_EQ(call(keys, "GetCallerIdentity").status, 200);
        clock_.advance(std::chrono::milliseconds(1));
        const Answer answer = call(keys, "GetCallerIdentity");
        EXPECT_EQ(answer.error(), "ExpiredToken: The security token included in the request is expired");
        EXPECT_EQ(answer.status, 403);
    };
    ends(keys_in(assume(jane_, "dev", short_time)));
    ends(keys_in(call(jane_, "GetSessionToken", short_time)));
}

TEST_F(Sessions, AreNothingWhenTheirTokenIsAlteredCutOrLacking) {
    const Keys keys = keys_in(assume(jane_, "dev", {{"Policy", policy_of(allow(R"("s3:*")"))}}));
    ASSERT_EQ(identify(keys), "arn:aws:sts::123456789012:assumed-role/dev/session");
    const auto refused = [&](const std::string& token) {
        EXPECT_EQ(identify({keys.id, keys.secret, token}), "InvalidClientTokenId") << token.size();
    };
    const std::string& good = keys.session_token;
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string altered = good;
        altered[at] = altered[at] == 'A' ? 'B' : 'A';
        refused(altered);
    }
    for (std::size_t size = 0; size < good.size(); ++size) refused(good.substr(0, size));
    refused(good + 'A');
    refused(good + "====");
    refused(std::string(60'000, 'A'));
}

TEST_F(Sessions, BelongToTheirKeyAlone) {
    const Keys one = keys_in(assume(jane_, "dev"));
    const Keys two = keys_in(assume(jane_, "dev"));
    EXPECT_EQ(identify({one.id, one.secret, two.session_token}), "InvalidClientTokenId");
    EXPECT_EQ(identify({jane_.id, jane_.secret, one.session_token}), "InvalidClientTokenId");
    EXPECT_EQ(identify({one.id, two.secret, one.session_token}), "SignatureDoesNotMatch");
    EXPECT_EQ(identify({one.id, jane_.secret, one.session_token}), "SignatureDoesNotMatch");
}

TEST_F(Sessions, EndWithTheirRole) {
    const Keys keys = keys_in(assume(jane_, "dev"));
    ASSERT_NE(identify(keys), "InvalidClientTokenId");
    const std::string place = model::keys::role(account, "dev");
    ASSERT_TRUE(store_->commit({{}, {store::erase(place)}}));
    EXPECT_EQ(identify(keys), "InvalidClientTokenId");
    model::Role again = add_role("dev", trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")"), "");
    again.id = "AROAanother";
    put_record(place, again);
    EXPECT_EQ(identify(keys), "InvalidClientTokenId");
}

TEST_F(Sessions, EndWithTheirUser) {
    const Keys own = keys_in(call(jane_, "GetSessionToken"));
    const Keys federated = keys_in(call(jane_, "GetFederationToken", {{"Name", "app"}}));
    model::User again;
    again.name = "JANE";
    again.id = "AIDAanother";
    const std::string place = model::keys::user(account, "JANE");
    put_record(place, again);
    EXPECT_EQ(identify(own), "InvalidClientTokenId");
    EXPECT_EQ(identify(federated), "InvalidClientTokenId");
    ASSERT_TRUE(store_->commit({{}, {store::erase(place)}}));
    EXPECT_EQ(identify(own), "InvalidClientTokenId");
    EXPECT_EQ(identify(federated), "InvalidClientTokenId");
}

TEST_F(Sessions, KeepTheManagedPolicyTheyWereMadeWith) {
    model::ManagedPolicy narrow;
    narrow.name = "narrow";
    narrow.path = "/";
    narrow.id = "ANPANARROW";
    narrow.default_version = "v1";
    narrow.versions.push_back({"v1", policy_of(allow(R"("sts:GetAccessKeyInfo")")), {}});
    const std::string place = model::keys::policy(account, "narrow");
    put_record(place, narrow);
    add_role("wide", trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")"), allow(R"("sts:*")"));
    const Parameters narrowed = {{"PolicyArns.member.1.arn", "arn:aws:iam::123456789012:policy/narrow"}};
    const Keys keys = keys_in(assume(jane_, "wide", narrowed));
    const auto reads = [&](const Keys& with) {
        return call(with, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status == 200;
    };
    EXPECT_TRUE(reads(keys));
    ASSERT_TRUE(store_->commit({{}, {store::erase(place)}}));
    EXPECT_FALSE(reads(keys));
    narrow.id = "ANPAAGAIN";
    put_record(place, narrow);
    EXPECT_FALSE(reads(keys));
    EXPECT_TRUE(reads(keys_in(assume(jane_, "wide", narrowed))));
}

TEST_F(Sessions, StayUnderTheBoundaryAndTheGuardrails) {
    model::ManagedPolicy boundary;
    boundary.name = "boundary";
    boundary.path = "/";
    boundary.default_version = "v1";
    boundary.versions.push_back({"v1", policy_of(allow(R"("sts:GetAccessKeyInfo")")), {}});
    put_record(model::keys::policy(account, "boundary"), boundary);
    model::Role role =
        add_role("bound", trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")"), allow(R"("sts:*")"));
    role.permissions_boundary = "arn:aws:iam::123456789012:policy/boundary";
    put_record(model::keys::role(account, "bound"), role);
    const Keys keys = keys_in(assume(jane_, "bound"));
    EXPECT_EQ(call(keys, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status, 200);
    const std::string refusal = call(keys, "DecodeAuthorizationMessage", {{"EncodedMessage", "x"}}).error();
    EXPECT_NE(refusal.find("because no permissions boundary allows"), std::string::npos) << refusal;

    model::Guardrail guardrail;
    guardrail.name = "no-key-info";
    guardrail.document =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:Get*","Resource":"*"}]})";
    put_record(model::keys::guardrail(account, guardrail.name), guardrail);
    EXPECT_EQ(call(keys, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status, 403);
    EXPECT_EQ(identify(keys), "arn:aws:sts::123456789012:assumed-role/bound/session");
}

}  // namespace countersign::sts
