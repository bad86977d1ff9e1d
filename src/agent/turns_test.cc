#include "agent/turns.h"

#include <gtest/gtest.h>

#include <thread>

namespace countersign::agent {
namespace {

using std::chrono::milliseconds;

TEST(Turns, OneAccountLeavesSomeForTheOthers) {
    Turns turns(3, 2);
    const Turns::Turn first = turns.take("one", milliseconds(0));
    const Turns::Turn second = turns.take("one", milliseconds(0));
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(turns.take("one", std::chrono::hours(1))) << "its own turns are not waited for";
    const Turns::Turn third = turns.take("other", milliseconds(0));
    EXPECT_TRUE(third);
    EXPECT_FALSE(turns.take("other", milliseconds(0)));
}

TEST(Turns, ATurnThatEndsIsTheNextOnes) {
    Turns turns(1, 1);
    std::thread ending;
    {
        const Turns::Turn first = turns.take("one", milliseconds(0));
        ASSERT_TRUE(first);
        ending = std::thread([&] { EXPECT_TRUE(turns.take("other", std::chrono::minutes(10))); });
    }
    ending.join();
    EXPECT_TRUE(turns.take("one", milliseconds(0)));
}

}  // namespace
}  // namespace countersign::agent
