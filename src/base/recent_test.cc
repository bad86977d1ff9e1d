#include "base/recent.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace countersign {
namespace {

TEST(Recent, HoldsNoMoreThanItMayAndKeepsWhatIsUsed) {
    Recent<std::map<std::string, int>> recent(10);
    recent.put("used", 1);
    for (int i = 0; i < 100; ++i) {
        recent.put(std::to_string(i), i);
        ASSERT_NE(recent.find("used"), nullptr) << i;
        ASSERT_LE(recent.size(), 10U);
    }
    EXPECT_EQ(recent.find("1"), nullptr);
    EXPECT_EQ(*recent.find("99"), 99);
    recent.put("99", 7);
    EXPECT_EQ(*recent.find("99"), 7);
    recent.erase("99");
    EXPECT_EQ(recent.find("99"), nullptr);
}

}  // namespace
}  // namespace countersign
