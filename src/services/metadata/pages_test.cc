#include "services/metadata/pages.h"

#include <gtest/gtest.h>

#include "formats/json.h"
#include "services/metadata/loopback.h"

namespace countersign::metadata {
namespace {

using std::chrono::seconds;

class PagesTest : public testing::Test {
protected:
    http::Response ask(const std::string& method, const std::string& target,
                       std::vector<http::Header> headers = {}) {
        headers.insert(headers.begin(), {"Host", host_});
        return pages_.answer({method, target, std::move(headers), "", "127.0.0.1"}, now_);
    }
    std::string token(const std::string& life = "60") {
        const http::Response response =
            ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", life}});
        EXPECT_EQ(response.status, 200);
        return response.body;
    }
    http::Response get(const std::string& target) {
        return ask("GET", target, {{"X-aws-ec2-metadata-token", token()}});
    }
    static formats::json::object object_in(const http::Response& response) {
        const auto parsed = formats::parse_json(response.body);
        EXPECT_TRUE(parsed && parsed->is_object()) << response.body;
        return parsed && parsed->is_object() ? parsed->as_object() : formats::json::object();
    }
    Result<RoleCredentials> issue(Instant now) const {
        if (refusal_) return *refusal_;
        return RoleCredentials{
            "arn:aws:iam::123456789012:role/app", "ASIA1", Secret("s"), "t", now, now + seconds(3600)};
    }

    std::string host_ = "127.0.0.1:7071";
    Instant now_{seconds(1'767'225'600)};
    std::optional<Error> refusal_;
    crypto::SystemRandom random_;
    Pages pages_{{"123456789012", "eu-west-1", "i-0123456789abcdef0", "app", Secret("open sesame"),
                  [this](Instant now) { return issue(now); }, [this](Instant now) { return issue(now); }},
                 random_};
};

const std::string role_page = "/latest/meta-data/iam/security-credentials/app";

TEST_F(PagesTest, AnInstanceNeedsATokenThatAPutGave) {
    EXPECT_EQ(ask("GET", role_page).status, 401);
    EXPECT_EQ(ask("GET", role_page, {{"X-aws-ec2-metadata-token", ""}}).status, 401);
    const std::string good = token();
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string altered = good;
        altered[i] = altered[i] == '0' ? '1' : '0';
        EXPECT_EQ(ask("GET", role_page, {{"X-aws-ec2-metadata-token", altered}}).status, 401) << i;
    }
    EXPECT_EQ(ask("GET", role_page, {{"X-aws-ec2-metadata-token", good}}).status, 200);
    EXPECT_EQ(ask("GET", "/latest/api/token").status, 405);
    EXPECT_EQ(ask("POST", role_page, {{"X-aws-ec2-metadata-token", good}}).status, 405);
}

TEST_F(PagesTest, ATokenLivesAsLongAsItWasAskedFor) {
    const std::string given = token("60");
    now_ += seconds(59);
    EXPECT_EQ(ask("GET", role_page, {{"X-aws-ec2-metadata-token", given}}).status, 200);
    now_ += seconds(1);
    EXPECT_EQ(ask("GET", role_page, {{"X-aws-ec2-metadata-token", given}}).status, 401);
    for (const char* life : {"", "0", "21601", "-1", "1.5", "4294967297"})
        EXPECT_EQ(ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", life}}).status,
                  400)
            << life;
    EXPECT_EQ(ask("PUT", "/latest/api/token").status, 400);
    EXPECT_FALSE(token("1").empty());
    EXPECT_FALSE(token("21600").empty());
}

TEST_F(PagesTest, NobodyAsksThroughAProxyOrByAName) {
    const http::Header life{"X-aws-ec2-metadata-token-ttl-seconds", "60"};
    EXPECT_EQ(ask("PUT", "/latest/api/token", {life, {"X-Forwarded-For", "10.0.0.1"}}).status, 403);
    host_ = "rebound.example:7071";
    EXPECT_EQ(ask("PUT", "/latest/api/token", {life}).status, 403);
    EXPECT_EQ(ask("GET", "/container/credentials", {{"Authorization", "open sesame"}}).status, 403);
    host_ = "[::1]:7071";
    EXPECT_EQ(ask("PUT", "/latest/api/token", {life}).status, 200);
}

TEST_F(PagesTest, TheRoleIsListedAndGiven) {
    EXPECT_EQ(get("/latest/meta-data/iam/security-credentials/").body, "app");
    const formats::json::object given = object_in(get(role_page));
    EXPECT_EQ(given.at("Code"), "Success");
    EXPECT_EQ(given.at("AccessKeyId"), "ASIA1");
    EXPECT_EQ(given.at("Token"), "t");
    EXPECT_EQ(given.at("Expiration"), "2026-01-01T01:00:00Z");
    EXPECT_EQ(get("/latest/meta-data/iam/security-credentials/other").status, 404);
    EXPECT_EQ(get("/latest/meta-data/placement/region").body, "eu-west-1");
    const formats::json::object identity = object_in(get("/latest/dynamic/instance-identity/document"));
    EXPECT_EQ(identity.at("accountId"), "123456789012");
    EXPECT_EQ(identity.at("region"), "eu-west-1");
}

TEST_F(PagesTest, AContainerShowsItsToken) {
    EXPECT_EQ(ask("GET", "/container/credentials").status, 401);
    EXPECT_EQ(ask("GET", "/container/credentials", {{"Authorization", "open sesame!"}}).status, 401);
    const http::Response response = ask("GET", "/container/credentials", {{"Authorization", "open sesame"}});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(object_in(response).at("RoleArn"), "arn:aws:iam::123456789012:role/app");
    EXPECT_EQ(ask("DELETE", "/container/credentials", {{"Authorization", "open sesame"}}).status, 405);
}

TEST_F(PagesTest, WhatIsWrongWithTheRoleIsTold) {
    refusal_ = Error{Fault::denied, "app does not trust it"};
    EXPECT_EQ(object_in(get(role_page)).at("Code"), "AssumeRoleUnauthorizedAccess");
    EXPECT_EQ(object_in(get(role_page)).at("Message"), "app does not trust it");
    const std::vector<http::Header> shown = {{"Authorization", "open sesame"}};
    EXPECT_EQ(ask("GET", "/container/credentials", shown).status, 403);
    refusal_ = Error{Fault::not_found, "there is no app"};
    EXPECT_EQ(object_in(get(role_page)).at("Code"), "InstanceProfileNotFound");
    EXPECT_EQ(ask("GET", "/container/credentials", shown).status, 404);
    refusal_ = Error{Fault::internal, "details"};
    EXPECT_EQ(get(role_page).status, 500);
    const http::Response broken = ask("GET", "/container/credentials", shown);
    EXPECT_EQ(broken.status, 500);
    EXPECT_EQ(broken.body.find("details"), std::string::npos);
}

TEST(Loopback, IsThisMachineOnly) {
    for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
        EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.example.com", "", "127.1"})
        EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace countersign::metadata
