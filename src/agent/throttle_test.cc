#include "agent/throttle.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "agent/throttle_answers.h"
#include "base/limits.h"

namespace countersign::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant now{seconds(1'767'225'600)};
constexpr Monotonic moment{seconds(1000)};

login::TokenMark token(int number) {
    return {"digest-" + std::to_string(number), now + seconds(900)};
}

TEST(TokenRateTest, LetsTwoHundredNewTokensThroughASecond) {
    TokenRateLimiter rate;
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(rate.passes("db-1", token(i), now, moment)) << i;
    EXPECT_FALSE(rate.passes("db-1", token(200), now, moment));
    EXPECT_TRUE(rate.passes("db-1", token(7), now, moment)) << "it has passed before";
    EXPECT_TRUE(rate.passes("db-1", token(200), now, moment + milliseconds(5)));
    EXPECT_FALSE(rate.passes("db-1", token(201), now, moment + milliseconds(5)));
    for (int i = 300; i < 500; ++i) EXPECT_TRUE(rate.passes("db-1", token(i), now, moment + seconds(9))) << i;
}

TEST(TokenRateTest, OneTokenCountsOnce) {
    TokenRateLimiter rate;
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(rate.passes("db-1", token(1), now, moment));
    for (int i = 2; i < 201; ++i) EXPECT_TRUE(rate.passes("db-1", token(i), now, moment)) << i;
    EXPECT_FALSE(rate.passes("db-1", token(201), now, moment));
}

TEST(TokenRateTest, OneDatabaseUsesUpNothingOfAnother) {
    TokenRateLimiter rate;
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(rate.passes("db-1", token(i), now, moment)) << i;
    EXPECT_FALSE(rate.passes("db-1", token(200), now, moment));
    for (int i = 200; i < 400; ++i) EXPECT_TRUE(rate.passes("db-2", token(i), now, moment)) << i;
    EXPECT_FALSE(rate.passes("db-2", token(400), now, moment));
    EXPECT_TRUE(rate.passes("db-3", token(401), now, moment + seconds(5)));
    EXPECT_TRUE(rate.passes("db-1", token(402), now, moment + seconds(5)));
}

TEST(SourceBrakeTest, SlowsOneSourceDownStepByStep) {
    FailureDelay failure_delay(100);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(failure_delay.refused("10.0.0.1", moment).count(), 0);
    for (const int delay : {125, 250, 500, 1000, 1000})
        EXPECT_EQ(failure_delay.refused("10.0.0.1", moment).count(), delay);
    EXPECT_EQ(failure_delay.refused("10.0.0.2", moment).count(), 0);
    EXPECT_EQ(failure_delay.refused("10.0.0.1", moment + seconds(6)).count(), 1000) << "still remembered";
    EXPECT_EQ(failure_delay.refused("10.0.0.1", moment + seconds(30)).count(), 0);
}

TEST(SourceBrakeTest, TakesANetworkOfIpv6ForOneSource) {
    FailureDelay failure_delay(100);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(failure_delay.refused("2001:db8::" + std::to_string(i), moment).count(), 0);
    EXPECT_EQ(failure_delay.refused("2001:db8::ffff", moment).count(), 125);
    EXPECT_EQ(failure_delay.refused("2001:db8:0:1::1", moment).count(), 0);
}

TEST(SourceBrakeTest, KnowsNoMoreSourcesThanItMay) {
    FailureDelay failure_delay(1);
    for (int i = 0; i < 6; ++i) failure_delay.refused("10.0.0.1", moment);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(failure_delay.refused("10.0.0.2", moment).count(), 0);
    EXPECT_GT(failure_delay.refused("10.0.0.1", moment).count(), 0);
}

// Two ends of a connection.
std::pair<Descriptor, Descriptor> connected() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

bool is_readable(const Descriptor& end) {
    pollfd polled{end.number(), POLLIN, 0};
    return ::poll(&polled, 1, 0) == 1;
}

TEST(DelayedAnswersTest, HoldSoManyOfAServerAndNoMore) {
    const Log log(LogLevel::off);
    DelayedAnswers delayed(1, log);
    delayed.start();
    const Monotonic tomorrow = std::chrono::steady_clock::now() + std::chrono::hours(24);
    auto [first, first_client] = connected();
    auto [second, second_client] = connected();
    auto [third, third_client] = connected();
    delayed.send_at(tomorrow, {std::move(first), "no", "db-1"});
    delayed.send_at(tomorrow, {std::move(second), "no", "db-1"});
    delayed.send_at(tomorrow, {std::move(third), "no", "db-2"});
    EXPECT_FALSE(is_readable(first_client));
    EXPECT_EQ(receive_message(second_client.number(), 10), "no");
    EXPECT_FALSE(is_readable(third_client));
    delayed.stop();
    EXPECT_EQ(receive_message(first_client.number(), 10), "no");
    EXPECT_EQ(receive_message(third_client.number(), 10), "no");
}

TEST(DelayedAnswersTest, SendWhatIsDue) {
    const Log log(LogLevel::off);
    DelayedAnswers delayed(9, log);
    delayed.start();
    auto [server, client] = connected();
    delayed.send_at(std::chrono::steady_clock::now(), {std::move(server), "no", "db-1"});
    EXPECT_EQ(receive_message(client.number(), 10), "no");
}

}  // namespace
}  // namespace countersign::agent
