#include "client/credentials/profiles.h"

#include <gtest/gtest.h>

#include "client/credentials/credentials_fixture.h"
#include "client/credentials/endpoints.h"

namespace countersign::client {
namespace {

TEST_F(CredentialsTest, TheCredentialsFileGoesBeforeTheConfigurationFile) {
    write_config(
        "[default]\nregion = a\noutput = json\n[profile \"two words\"]\nregion = b\n[profile\ttab]\nregion = "
        "c\n"
        "[plain]\nregion = d\n[sso-session s]\nsso_region = e\n[services v]\nsts =\n  endpoint_url = u\n");
    write_credentials("[default]\nregion = z\n");
    const Profiles profiles = read_profiles(environment());
    EXPECT_EQ(profiles.get("default", "region"), "z");
    EXPECT_EQ(profiles.get("default", "output"), "json");
    EXPECT_EQ(profiles.in_config_file("default", "region"), "a");
    EXPECT_EQ(profiles.get("two words", "region"), "b");
    EXPECT_EQ(profiles.get("tab", "region"), "c");
    EXPECT_FALSE(profiles.has("plain"));
    ASSERT_NE(profiles.sso_session("s"), nullptr);
    EXPECT_EQ(profiles.sso_session("s")->at("sso_region"), "e");
    ASSERT_NE(profiles.services("v"), nullptr);
    EXPECT_EQ(profiles.services("v")->at("sts.endpoint_url"), "u");
    EXPECT_EQ(profiles.services("w"), nullptr);
}

TEST_F(CredentialsTest, FilesAreWhereTheEnvironmentSays) {
    values_["AWS_CONFIG_FILE"] = "~/elsewhere";
    write("elsewhere", "[default]\nregion = r\n");
    const Profiles profiles = read_profiles(environment());
    EXPECT_EQ(profiles.config_file, home_ / "elsewhere");
    EXPECT_EQ(profiles.credentials_file, home_ / ".aws" / "credentials");
    EXPECT_EQ(find_region(environment(), ""), "r");
    values_["AWS_DEFAULT_REGION"] = "v";
    EXPECT_EQ(find_region(environment(), ""), "v");
    EXPECT_EQ(find_region(environment(), "default"), "r");
}

TEST_F(CredentialsTest, EndpointsHaveTheOrderOfTheSdks) {
    write_config(
        "[default]\nendpoint_url = http://profile\n[profile s]\nservices = v\nendpoint_url = http://profile\n"
        "[services v]\nsts =\n  endpoint_url = http://service\n[profile lost]\nservices = gone\n");
    const auto url = [this](const std::string& profile, std::string_view service) {
        const Search search{{environment(), profile, (home_ / "no-server").string()},
                            read_profiles(environment()),
                            chosen_profile(environment(), profile),
                            {}};
        const auto endpoint = endpoint_of(search, service);
        return endpoint ? endpoint->url : endpoint.error().message;
    };
    EXPECT_EQ(url("", "STS"), "http://profile");
    EXPECT_EQ(url("s", "STS"), "http://service");
    EXPECT_EQ(url("s", "SSO"), "http://profile");
    EXPECT_EQ(url("lost", "STS"),
              "The profile is configured to use the services section but the \"gone\" services "
              "configuration does not exist.");
    values_["AWS_ENDPOINT_URL"] = "http://variable";
    EXPECT_EQ(url("s", "STS"), "http://variable");
    values_["AWS_ENDPOINT_URL_STS"] = "http://own";
    EXPECT_EQ(url("s", "STS"), "http://own");
    EXPECT_EQ(url("s", "SSO_OIDC"), "http://variable");
    values_["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
    EXPECT_TRUE(url("s", "STS").starts_with("no address of STS is known"));
}

TEST(UrlPartsTest, AHostIsWhatIsConnectedTo) {
    const auto host = [](const char* url) { return parts_of(url).host; };
    EXPECT_EQ(host("http://LocalHost:80/a?b"), "localhost");
    EXPECT_EQ(host("http://127.0.0.1@evil/"), "");
    EXPECT_EQ(host("http://[::1]:80"), "::1");
    EXPECT_EQ(host("http://evil?@127.0.0.1/"), "evil");
    EXPECT_EQ(host("http://evil#@127.0.0.1/"), "evil");
    EXPECT_EQ(host("http://evil\\@127.0.0.1/"), "");
    EXPECT_EQ(parts_of("http://a?b").target, "/?b");
    EXPECT_EQ(parts_of("http://a:1/p?q").base, "http://a:1");
}

}  // namespace
}  // namespace countersign::client
