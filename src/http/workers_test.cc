#include "http/workers.h"

#include <gtest/gtest.h>

#include <atomic>

#include "http/test_server.h"

namespace countersign::http {
namespace {

TEST(WorkersTest, OneOwnerHasItsShareOfTheQueue) {
    Workers workers({4, 3});
    workers.start(1);
    Door door;
    std::atomic<int> done = 0;
    const auto job = [&] {
        door.pass();
        ++done;
    };
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(workers.offer("greedy", job));
    EXPECT_FALSE(workers.offer("greedy", job));
    EXPECT_TRUE(workers.offer("modest", job));
    EXPECT_TRUE(workers.offer("other", job));
    EXPECT_FALSE(workers.offer("late", job)) << "the queue is full";
    door.open();
    workers.finish();
    EXPECT_EQ(done, 5);
    EXPECT_FALSE(workers.offer("late", job));
}

TEST(WorkersTest, OneOwnerHasItsShareOfTheThreads) {
    Workers workers({100, 100, 2});
    workers.start(4);
    Door slow;
    Door quick;
    std::atomic<int> done = 0;
    for (int i = 0; i < 50; ++i)
        workers.offer("slow", [&] {
            slow.pass();
            ++done;
        });
    slow.wait_for_arrivals(2);
    for (int i = 0; i < 2; ++i) workers.offer("quick", [&] { quick.pass(); });
    quick.wait_for_arrivals(2);  // both run, while 48 are before them
    EXPECT_EQ(done, 0);
    quick.open();
    slow.open();
    workers.finish();
    EXPECT_EQ(done, 50);
}

}  // namespace
}  // namespace countersign::http
