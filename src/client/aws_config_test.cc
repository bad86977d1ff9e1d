#include "client/aws_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace countersign::client {
namespace {

class AwsConfigTest : public testing::Test {
protected:
    void SetUp() override {
        home_ = std::filesystem::temp_directory_path() / ("countersign-aws-" + std::to_string(::getpid()));
        std::filesystem::create_directories(home_ / ".aws");
        std::ofstream(home_ / ".aws" / "credentials")
            << "[default]\naws_access_key_id = AKIADEFAULT\n"
               "aws_secret_access_key=s1\n\n# note\n[other]\n"
               "aws_access_key_id=ASIAOTHER\naws_secret_access_key=s2\n"
               "aws_session_token=t==\n";
        std::ofstream(home_ / ".aws" / "config") << "[default]\nregion = eu-west-1\ns3 =\n  region = nested\n"
                                                    "[profile other]\nregion=ap-south-1\n"
                                                    "[profile inconfig]\naws_access_key_id=AKIACONFIG\n"
                                                    "aws_secret_access_key=s3\n";
        values_["HOME"] = home_.string();
    }
    void TearDown() override { std::filesystem::remove_all(home_); }

    Environment environment() const {
        return [this](const std::string& name) -> std::optional<std::string> {
            const auto found = values_.find(name);
            return found == values_.end() ? std::nullopt : std::optional(found->second);
        };
    }
    std::string key_of(const std::string& profile) const {
        const auto found = find_credentials(environment(), profile);
        return found ? found->access_key_id : found.error().message;
    }

    std::map<std::string, std::string> values_;
    std::filesystem::path home_;
};

TEST_F(AwsConfigTest, TakesTheDefaultProfile) {
    EXPECT_EQ(key_of(""), "AKIADEFAULT");
    EXPECT_EQ(find_region(environment(), ""), "eu-west-1");
}

TEST_F(AwsConfigTest, TheEnvironmentWinsOverFilesButNotOverAnExplicitProfile) {
    values_["AWS_ACCESS_KEY_ID"] = "AKIAENV";
    values_["AWS_SECRET_ACCESS_KEY"] = "s";
    values_["AWS_DEFAULT_REGION"] = "us-west-2";
    EXPECT_EQ(key_of(""), "AKIAENV");
    EXPECT_EQ(find_region(environment(), ""), "us-west-2");
    EXPECT_EQ(key_of("other"), "ASIAOTHER");
    EXPECT_EQ(find_region(environment(), "other"), "ap-south-1");
}

TEST_F(AwsConfigTest, HalfOfAKeyPairIsAnError) {
    values_["AWS_ACCESS_KEY_ID"] = "AKIAENV";
    EXPECT_EQ(key_of(""), "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY");
}

TEST_F(AwsConfigTest, ProfilesComeFromEitherFile) {
    values_["AWS_PROFILE"] = "inconfig";
    EXPECT_EQ(key_of(""), "AKIACONFIG");
    EXPECT_EQ(find_credentials(environment(), "other")->session_token, "t==");
    EXPECT_EQ(key_of("missing"), "The config profile (missing) could not be found");
}

}  // namespace
}  // namespace countersign::client
