#include "agent_api/server/rates.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace countersign::agent_api::server {
namespace {

using std::chrono::seconds;

// How many requests of an agent pass at that moment, of more than ever do.
int passing(Rates& rates, const char* agent, std::size_t bytes, Rates::Time now) {
    int count = 0;
    for (int i = 0; i < 2 * limits::agent_requests_at_once; ++i)
        if (rates.passes(agent, bytes, now)) ++count;
    return count;
}

TEST(Rates, OneAgentsFloodIsItsOwn) {
    Rates rates;
    Rates::Time now{seconds(1000)};
    EXPECT_EQ(passing(rates, "one", 0, now), limits::agent_requests_at_once);
    EXPECT_EQ(passing(rates, "other", 0, now), limits::agent_requests_at_once);
    now += seconds(1);
    EXPECT_EQ(passing(rates, "one", 0, now), limits::agent_requests_per_second);
    now += seconds(1000);
    EXPECT_EQ(passing(rates, "one", 0, now), limits::agent_requests_at_once);
}

TEST(Rates, ALargeRequestCountsAsSeveral) {
    Rates rates;
    const Rates::Time now{seconds(1000)};
    EXPECT_EQ(passing(rates, "one", 9 * limits::agent_request_bytes, now),
              limits::agent_requests_at_once / 10);
}

}  // namespace
}  // namespace countersign::agent_api::server
