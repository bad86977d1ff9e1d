#include "http/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include "http/test_server.h"

namespace countersign::http {
namespace {

const Log log(LogLevel::off);

TEST(WorkersTest, AJobThatThrowsEndsNeitherItsThreadNorItsOwnersShare) {
    Workers workers("test", {4, 1}, log);
    workers.start(1);
    Door door;
    std::atomic<bool> done = false;
    EXPECT_TRUE(workers.offer("one", [&] {
        door.pass();
        throw std::runtime_error("no");
    }));
    EXPECT_FALSE(workers.offer("one", [] {}));
    door.open();
    while (!workers.offer("one", [&] { done = true; })) std::this_thread::yield();
    workers.finish();
    EXPECT_TRUE(done);
}

TEST(WorkersTest, WhatWaitsIsDroppedAtTheEnd) {
    Workers workers("test", {4, 4}, log);
    workers.start(1);
    Door door;
    std::atomic<int> done = 0;
    const auto job = [&] {
        door.pass();
        ++done;
    };
    EXPECT_TRUE(workers.offer("one", job));
    door.wait_for_arrivals(1);
    // Opens the door when the jobs that wait are gone.
    std::shared_ptr<void> opener(nullptr, [&](void*) { door.open(); });
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(workers.offer("one", [job, opener] { job(); }));
    opener.reset();
    workers.abandon();
    EXPECT_EQ(done, 1);
}

TEST(WorkersTest, OneOwnerHasItsShareOfTheQueue) {
    Workers workers("test", {4, 3}, log);
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
    Workers workers("test", {100, 100, 2}, log);
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
