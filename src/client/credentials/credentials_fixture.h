// A home directory with AWS's files, and an environment that knows nothing else.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "client/credentials/chain.h"

namespace countersign::client {

class CredentialsTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "countersign-aws-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        home_ = name;
        values_ = {{"HOME", home_.string()}, {"AWS_EC2_METADATA_DISABLED", "true"}};
    }
    void TearDown() override { std::filesystem::remove_all(home_); }

    void write(const std::string& file, const std::string& text, mode_t mode = 0600) const {
        const Path path = home_ / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
    }
    void write_config(const std::string& text) const { write(".aws/config", text); }
    void write_credentials(const std::string& text) const { write(".aws/credentials", text); }

    Environment environment() const {
        return [this](const std::string& name) -> std::optional<std::string> {
            const auto found = values_.find(name);
            return found == values_.end() ? std::nullopt : std::optional(found->second);
        };
    }
    Result<FoundCredentials> find(const std::string& profile = "") const {
        return find_credentials({environment(), profile, (home_ / "no-server").string()});
    }
    // The key that is found, else what is said.
    std::string key_of(const std::string& profile = "") const {
        const auto found = find(profile);
        return found ? found->credentials.access_key_id : found.error().message;
    }
    std::string source_of(const std::string& profile = "") const {
        const auto found = find(profile);
        return found ? found->source : found.error().message;
    }

    std::map<std::string, std::string> values_;
    Path home_;
};

}  // namespace countersign::client
