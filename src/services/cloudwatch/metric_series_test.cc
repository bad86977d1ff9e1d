#include "services/cloudwatch/metric_series.h"

#include <gtest/gtest.h>

#include <numeric>

namespace countersign::cloudwatch {
namespace {

using audit::FailureCause;

const Database orders{"111122223333", "us-east-1", "DBClusterIdentifier", "orders"};

double sum(const MetricSeries& figures, const Database& database, std::string_view metric) {
    double found = 0;
    for (const Sample& sample : figures.samples(database, *find_metric(metric), 0, 1'000'000'000))
        found += sample.value;
    return found;
}

TEST(MetricSeries, EveryLoginIsARequestAndARefusalHasOneCause) {
    MetricSeries figures;
    figures.add(orders, 100, one_login(std::nullopt));
    figures.add(orders, 100, one_login(FailureCause::throttling));
    figures.add(orders, 101, one_login(FailureCause::invalid_token));
    figures.add(orders, 101, one_login(FailureCause::server_error));
    figures.add(orders, 101, one_login(FailureCause::insufficient_permissions));
    EXPECT_EQ(sum(figures, orders, "IamDbAuthConnectionRequests"), 5);
    EXPECT_EQ(sum(figures, orders, "IamDbAuthConnectionSuccess"), 1);
    EXPECT_EQ(sum(figures, orders, "IamDbAuthConnectionFailure"), 4);
    for (const char* cause : {"InvalidToken", "InsufficientPermissions", "Throttling", "ServerError"})
        EXPECT_EQ(sum(figures, orders, std::string("IamDbAuthConnectionFailure") + cause), 1) << cause;
    EXPECT_EQ(find_metric("IamDbAuthConnection"), nullptr);
}

TEST(MetricSeries, EveryCheckHasItsCause) {
    EXPECT_EQ(audit::failure_cause("token.time"), FailureCause::invalid_token);
    EXPECT_EQ(audit::failure_cause("policy"), FailureCause::insufficient_permissions);
    EXPECT_EQ(audit::failure_cause("throttle"), FailureCause::throttling);
    EXPECT_EQ(audit::failure_cause("agent"), FailureCause::server_error);
    EXPECT_EQ(audit::failure_cause("of the future"), FailureCause::server_error);
    for (const char* check : {"transport", "resource", "role", "postgresql"})
        EXPECT_EQ(audit::failure_cause(check), std::nullopt) << check;
}

TEST(MetricSeries, HoldsDatabasesApart) {
    MetricSeries figures;
    Database other = orders;
    other.account = "444455556666";
    figures.add(orders, 100, one_login(std::nullopt));
    figures.add(other, 200, one_login(std::nullopt));
    EXPECT_EQ(figures.databases("111122223333", "us-east-1", 0), std::vector{orders});
    EXPECT_EQ(figures.databases("111122223333", "us-east-1", 101), std::vector<Database>{});
    EXPECT_EQ(figures.databases("111122223333", "eu-west-1", 0), std::vector<Database>{});
    EXPECT_EQ(sum(figures, orders, "IamDbAuthConnectionRequests"), 1);
}

TEST(MetricSeries, TakesAWindowOfMinutes) {
    MetricSeries figures;
    for (const Minute minute : {10, 12, 14}) figures.add(orders, minute, one_login(std::nullopt));
    const auto found = figures.samples(orders, *find_metric("IamDbAuthConnectionSuccess"), 12, 14);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().minute, 12);
}

TEST(MetricSeries, ForgetsWhatIsOlderThanFifteenDays) {
    MetricSeries figures;
    figures.add(orders, 1, one_login(std::nullopt));
    figures.add(orders, MetricSeries::minutes_kept, one_login(std::nullopt));
    EXPECT_EQ(sum(figures, orders, "IamDbAuthConnectionSuccess"), 2);
    figures.add(orders, MetricSeries::minutes_kept + 1, one_login(std::nullopt));
    EXPECT_EQ(sum(figures, orders, "IamDbAuthConnectionSuccess"), 2);
    figures.add(orders, 1, one_login(std::nullopt));
    EXPECT_EQ(sum(figures, orders, "IamDbAuthConnectionSuccess"), 2);
}

TEST(MetricSeries, IsBoundedAndTheOldestGiveWay) {
    MetricSeries figures(10);
    for (Minute minute = 1; minute <= 100; ++minute) figures.add(orders, minute, one_login(std::nullopt));
    const auto found = figures.samples(orders, *find_metric("IamDbAuthConnectionSuccess"), 0, 1000);
    ASSERT_EQ(found.size(), 10U);
    EXPECT_EQ(found.front().minute, 91);
}

}  // namespace
}  // namespace countersign::cloudwatch
