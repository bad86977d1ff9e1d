#include "apps/serve/own_region.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "model/region.h"

namespace countersign::apps {

namespace {

class OwnRegion : public testing::Test {
protected:
    OwnRegion() {
        std::string made = (std::filesystem::temp_directory_path() / "region-XXXXXX").string();
        EXPECT_NE(::mkdtemp(made.data()), nullptr);
        dir_ = made;
    }
    ~OwnRegion() override { std::filesystem::remove_all(dir_); }

    std::string chosen(const std::string& asked = "") const {
        const auto region = choose_region(asked, {dir_});
        return region ? *region : region.error().message;
    }

    std::filesystem::path dir_;
};

TEST_F(OwnRegion, IsTheDefaultOfANewDirectory) {
    EXPECT_EQ(chosen(), model::default_region);
    std::filesystem::remove_all(dir_);
    EXPECT_EQ(chosen(), model::default_region);
}

TEST_F(OwnRegion, OfADirectoryThatKeepsNoneIsWhatItWas) {
    std::ofstream(dir_ / "state.db") << "";
    EXPECT_EQ(chosen(), "us-east-1");
}

TEST_F(OwnRegion, IsRememberedUntilAnotherIsAskedFor) {
    ASSERT_TRUE(remember_region(chosen("eu-west-1"), {dir_}));
    EXPECT_EQ(chosen(), "eu-west-1");
    ASSERT_TRUE(remember_region(chosen("ap-south-1"), {dir_}));
    EXPECT_EQ(chosen(), "ap-south-1");
}

TEST_F(OwnRegion, IsCalledAsRegionsAre) {
    EXPECT_EQ(chosen("Frankfurt"), "--region: a region is called like us-west-2");
    std::ofstream(dir_ / "region") << "what\n";
    EXPECT_EQ(chosen(), (dir_ / "region").string() + ": a region is called like us-west-2");
}

}  // namespace

}  // namespace countersign::apps
