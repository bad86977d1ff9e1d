#include "agent/one_time.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace countersign::agent {
namespace {

using std::chrono::seconds;

constexpr Instant now{seconds(1'767'225'600)};

login::TokenMark token(const std::string& digest) {
    return {digest, now + seconds(900)};
}

TEST(SeenTokensTest, KnowATokenUntilNothingAcceptsIt) {
    ReplayCache seen(2);
    EXPECT_TRUE(seen.add(token("a"), now));
    EXPECT_FALSE(seen.add(token("a"), now));
    EXPECT_TRUE(seen.add(token("b"), now));
    EXPECT_FALSE(seen.add(token("c"), now + seconds(1200))) << "full, and the others may still come";
    EXPECT_TRUE(seen.add(token("c"), now + seconds(1201)));
    EXPECT_FALSE(seen.contains("a"));
}

TEST(SeenTokensTest, OfTwentyAtOnceOneIsFirst) {
    ReplayCache seen(1000);
    std::atomic<int> first = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i)
        threads.emplace_back([&] {
            if (seen.add(token("a"), now)) ++first;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(first, 1);
}

TEST(OneTimeTest, IsATagOfTheDatabase) {
    login::Server server;
    EXPECT_FALSE(is_one_time(server, "jane"));
    server.tags = {{"countersign:one-time-tokens", "jane bob"}};
    EXPECT_TRUE(is_one_time(server, "jane"));
    EXPECT_TRUE(is_one_time(server, "bob"));
    EXPECT_FALSE(is_one_time(server, "jane bob"));
    EXPECT_FALSE(is_one_time(server, "Jane"));
    server.tags = {{"countersign:one-time-tokens", "*"}};
    EXPECT_TRUE(is_one_time(server, "anybody"));
}

}  // namespace
}  // namespace countersign::agent
