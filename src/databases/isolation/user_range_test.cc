#include "databases/isolation/user_range.h"

#include <gtest/gtest.h>

namespace countersign::databases::isolation {
namespace {

TEST(UserRange, HasFirstAndLast) {
    const Result<UserRange> range = parse_user_range("200000-200009");
    ASSERT_TRUE(range);
    EXPECT_EQ(range->count(), 9U);
    EXPECT_TRUE(range->holds(200000));
    EXPECT_TRUE(range->holds(200008));
    EXPECT_FALSE(range->holds(range->ender()));
    EXPECT_FALSE(range->holds(199999));
    EXPECT_FALSE(UserRange().holds(0));
}

TEST(UserRange, IsNothingElse) {
    for (const char* text : {"", "-", "200000", "200000-", "-200000", "200009-200000", "200000-200000",
                             "0-200000", "999-200000", "200000-4294967295", "2e5-200009", "200000-200009-"})
        EXPECT_FALSE(parse_user_range(text)) << text;
}

}  // namespace
}  // namespace countersign::databases::isolation
