#include "agent_api/client/marked_cache.h"

#include <gtest/gtest.h>

namespace countersign::agent_api::client {
namespace {

using IntCache = MarkedCache<int>;

TEST(MarkedCache, KeepsAndTakes) {
    IntCache cache(10);
    EXPECT_EQ(cache.find("a"), nullptr);
    ASSERT_TRUE(cache.put("a", 1, {7}, cache.version()));
    ASSERT_TRUE(cache.put("a", 2, {7}, cache.version()));
    ASSERT_NE(cache.find("a"), nullptr);
    EXPECT_EQ(*cache.find("a"), 2);
    EXPECT_EQ(cache.size(), 1U);
    cache.take("a");
    EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(MarkedCache, DropsWhatIsMadeOfItAndNothingElse) {
    IntCache cache(10);
    ASSERT_TRUE(cache.put("a", 1, {1, 2}, cache.version()));
    ASSERT_TRUE(cache.put("b", 2, {2, 3}, cache.version()));
    ASSERT_TRUE(cache.put("c", 3, {4}, cache.version()));
    cache.invalidate(5);
    EXPECT_NE(cache.find("a"), nullptr);
    cache.invalidate(2);
    EXPECT_EQ(cache.find("a"), nullptr);
    EXPECT_EQ(cache.find("b"), nullptr);
    EXPECT_NE(cache.find("c"), nullptr);
    ASSERT_TRUE(cache.put("a", 1, {1, 2}, cache.version()));
    EXPECT_NE(cache.find("a"), nullptr);
}

TEST(MarkedCache, WhatChangedWhileItWasAskedForIsNotKept) {
    IntCache cache(10);
    const IntCache::Version asked = cache.version();
    cache.invalidate(1);
    EXPECT_FALSE(cache.put("a", 1, {1}, asked));
    EXPECT_EQ(cache.find("a"), nullptr);
    EXPECT_TRUE(cache.put("b", 1, {2}, asked));
    const IntCache::Version before_clear = cache.version();
    cache.clear();
    EXPECT_FALSE(cache.put("c", 1, {9}, before_clear));
    EXPECT_EQ(cache.find("b"), nullptr);
}

TEST(MarkedCache, HoldsNoMoreThanItMayAndKeepsWhatIsUsed) {
    IntCache cache(10);
    ASSERT_TRUE(cache.put("used", 0, {}, cache.version()));
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(cache.put(std::to_string(i), i, {}, cache.version()));
        ASSERT_NE(cache.find("used"), nullptr) << i;
        ASSERT_LE(cache.size(), 10U);
    }
    EXPECT_EQ(cache.find("1"), nullptr);
}

}  // namespace
}  // namespace countersign::agent_api::client
