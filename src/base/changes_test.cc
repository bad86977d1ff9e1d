#include "base/changes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace countersign {
namespace {

using Keys = std::vector<std::string>;

TEST(Changes, TellsWhatHasChangedSince) {
    Changes<std::string, long> changes(10);
    EXPECT_TRUE(changes.none_since(0, Keys{"a"}));
    changes.note("a", 5);
    EXPECT_FALSE(changes.none_since(4, Keys{"b", "a"}));
    EXPECT_TRUE(changes.none_since(5, Keys{"b", "a"}));
    EXPECT_TRUE(changes.none_since(4, Keys{"b"}));
    changes.note_all(7);
    EXPECT_FALSE(changes.none_since(6, Keys{"b"}));
    EXPECT_TRUE(changes.none_since(7, Keys{"a"}));
}

TEST(Changes, WhatIsForgottenCountsAsChanged) {
    Changes<std::string, long> changes(10);
    for (long at = 1; at <= 100; ++at) changes.note(std::to_string(at), at);
    EXPECT_FALSE(changes.none_since(1, Keys{"never"}));
    EXPECT_FALSE(changes.none_since(98, Keys{"99"}));
    EXPECT_TRUE(changes.none_since(99, Keys{"never", "99"}));
    EXPECT_TRUE(changes.none_since(95, Keys{"never"})) << "the newest five are remembered";
}

}  // namespace
}  // namespace countersign
