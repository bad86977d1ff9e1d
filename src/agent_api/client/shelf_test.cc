#include "agent_api/client/shelf.h"

#include <gtest/gtest.h>

namespace countersign::agent_api::client {
namespace {

using IntShelf = Shelf<int>;

TEST(Shelf, KeepsAndTakes) {
    IntShelf shelf(10);
    EXPECT_EQ(shelf.find("a"), nullptr);
    ASSERT_TRUE(shelf.put("a", 1, {7}, shelf.moment()));
    ASSERT_TRUE(shelf.put("a", 2, {7}, shelf.moment()));
    ASSERT_NE(shelf.find("a"), nullptr);
    EXPECT_EQ(*shelf.find("a"), 2);
    EXPECT_EQ(shelf.size(), 1U);
    shelf.take("a");
    EXPECT_EQ(shelf.find("a"), nullptr);
}

TEST(Shelf, DropsWhatIsMadeOfItAndNothingElse) {
    IntShelf shelf(10);
    ASSERT_TRUE(shelf.put("a", 1, {1, 2}, shelf.moment()));
    ASSERT_TRUE(shelf.put("b", 2, {2, 3}, shelf.moment()));
    ASSERT_TRUE(shelf.put("c", 3, {4}, shelf.moment()));
    shelf.drop(5);
    EXPECT_NE(shelf.find("a"), nullptr);
    shelf.drop(2);
    EXPECT_EQ(shelf.find("a"), nullptr);
    EXPECT_EQ(shelf.find("b"), nullptr);
    EXPECT_NE(shelf.find("c"), nullptr);
    ASSERT_TRUE(shelf.put("a", 1, {1, 2}, shelf.moment()));
    EXPECT_NE(shelf.find("a"), nullptr);
}

TEST(Shelf, WhatChangedWhileItWasAskedForIsNotKept) {
    IntShelf shelf(10);
    const IntShelf::Moment asked = shelf.moment();
    shelf.drop(1);
    EXPECT_FALSE(shelf.put("a", 1, {1}, asked));
    EXPECT_EQ(shelf.find("a"), nullptr);
    EXPECT_TRUE(shelf.put("b", 1, {2}, asked));
    const IntShelf::Moment before_clear = shelf.moment();
    shelf.clear();
    EXPECT_FALSE(shelf.put("c", 1, {9}, before_clear));
    EXPECT_EQ(shelf.find("b"), nullptr);
}

TEST(Shelf, HoldsNoMoreThanItMayAndKeepsWhatIsUsed) {
    IntShelf shelf(10);
    ASSERT_TRUE(shelf.put("used", 0, {}, shelf.moment()));
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(shelf.put(std::to_string(i), i, {}, shelf.moment()));
        ASSERT_NE(shelf.find("used"), nullptr) << i;
        ASSERT_LE(shelf.size(), 10U);
    }
    EXPECT_EQ(shelf.find("1"), nullptr);
}

}  // namespace
}  // namespace countersign::agent_api::client
