#include "model/options_without_effect.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace countersign::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OptionsWithoutEffect, EachHasANameOfItsOwnAndASentence) {
    std::set<std::string_view> names;
    for (const OptionWithoutEffect& one : options_without_effect()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        EXPECT_FALSE(one.parameters.empty() || one.sentence.empty()) << one.name;
        EXPECT_EQ(&option_without_effect(one.name), &one);
    }
}

// docs/aws.md has the table, row by row.
TEST(OptionsWithoutEffect, ThePageListsThem) {
    std::ifstream file(COUNTERSIGN_SOURCE_DIR "/docs/aws.md");
    std::vector<std::string> shown;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("| `")) shown.push_back(line);
    std::vector<std::string> expected;
    for (const OptionWithoutEffect& one : options_without_effect())
        expected.push_back(fmt::format("| `{}` | {} | {} | {} |", one.name,
                                       one.promise == Promise::safety ? "safety" : "nothing", one.parameters,
                                       one.sentence));
    EXPECT_EQ(shown, expected);
}

TEST(OptionsWithoutEffect, WhatIsKeptSaysWhichAreOn) {
    EXPECT_THAT(options_on(PassthroughAttributes{
                    {"StorageEncrypted", "false"}, {"MonitoringInterval", "0"}, {"Iops", "3000"}}),
                IsEmpty());
    EXPECT_THAT(options_on(PassthroughAttributes{
                    {"StorageEncrypted", "true"}, {"MonitoringInterval", "60"}, {"Domain", ""}}),
                ElementsAre("storage-encryption", "enhanced-monitoring"));
    DBCluster cluster;
    cluster.roles = {{"arn:aws:iam::1:role/a", "s3Import"}};
    EXPECT_THAT(options_on(cluster), ElementsAre("associated-roles"));
}

TEST(OptionsWithoutEffect, SafetyIsPromisedOnlyWhereThatWasSaid) {
    const OptionWithoutEffect& encryption = option_without_effect(option::storage_encryption);
    EXPECT_FALSE(OptionPolicy().takes(encryption));
    EXPECT_TRUE(OptionPolicy().takes(option_without_effect("enhanced-monitoring")));
    EXPECT_TRUE((OptionPolicy{true, {}, {}}.takes(encryption)));
    EXPECT_TRUE((OptionPolicy{false, {"storage-encryption"}, {}}.takes(encryption)));
    EXPECT_FALSE((OptionPolicy{false, {"multi-az"}, {}}.takes(encryption)));
    EXPECT_TRUE((OptionPolicy{false, {}, {"storage-encryption"}}.takes(encryption)));
}

}  // namespace
}  // namespace countersign::model
