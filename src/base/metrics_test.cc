#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign {
namespace {

using testing::HasSubstr;
using testing::Not;

CountedLogin login(std::string_view check, std::string_view cause = "") {
    CountedLogin counted{"orders", "cluster-A", "us-east-1", check};
    counted.cause = cause;
    return counted;
}

TEST(Metrics, CountsLoginsByDatabaseOutcomeAndCheck) {
    Metrics metrics;
    metrics.count_login(login(""));
    metrics.count_login(login("policy", "insufficient_permissions"));
    metrics.count_login(login("policy", "insufficient_permissions"));
    const std::string text = metrics.text();
    const std::string labels = R"(database="orders",region="us-east-1",resource_id="cluster-A"})";
    EXPECT_THAT(text,
                HasSubstr(R"(countersign_logins_total{check="policy",database="orders",decision="refused",)"
                          R"(region="us-east-1",resource_id="cluster-A"} 2)"));
    EXPECT_THAT(text, HasSubstr("countersign_iam_db_auth_connection_requests_total{" + labels + " 3"));
    EXPECT_THAT(text, HasSubstr("countersign_iam_db_auth_connection_success_total{" + labels + " 1"));
    EXPECT_THAT(text, HasSubstr(R"(countersign_iam_db_auth_connection_failure_total{check="policy",)" +
                                labels + " 2"));
    EXPECT_THAT(
        text, HasSubstr("countersign_iam_db_auth_connection_failure_insufficient_permissions_total{check="));
}

TEST(Metrics, CountsWhatNeverReachesIamAsALoginAlone) {
    Metrics metrics;
    CountedLogin plain = login("transport");
    plain.reached_iam = false;
    metrics.count_login(plain);
    EXPECT_THAT(metrics.text(), HasSubstr(R"(countersign_logins_total{check="transport")"));
    EXPECT_THAT(metrics.text(), Not(HasSubstr("countersign_iam_db_auth_connection_requests_total{")));
}

TEST(Metrics, MeasuresVerdictsThatKnowHowLongTheyTook) {
    Metrics metrics;
    CountedLogin timed = login("");
    metrics.count_login(timed);
    timed.latency = std::chrono::microseconds(30);
    metrics.count_login(timed);
    EXPECT_THAT(metrics.text(),
                HasSubstr(R"(countersign_login_verdict_seconds_count{decision="allowed"} 1)"));
    EXPECT_THAT(metrics.text(),
                HasSubstr(R"(countersign_login_verdict_seconds_bucket{decision="allowed",le="5e-05"} 1)"));
}

TEST(Metrics, BoundsTheDatabasesThatHaveLabels) {
    Metrics metrics;
    for (int i = 0; i < 5'000; ++i) {
        const std::string name = "db-" + std::to_string(i);
        metrics.count_login({name, name, "us-east-1", ""});
    }
    EXPECT_THAT(
        metrics.text(),
        HasSubstr(R"(countersign_iam_db_auth_connection_requests_total{database="other",region="other",)"
                  R"(resource_id="other"} 904)"));
}

TEST(Metrics, CountsRequests) {
    Metrics metrics;
    metrics.count_request("CreateUser", "EntityAlreadyExists");
    EXPECT_THAT(
        metrics.text(),
        HasSubstr(R"(countersign_api_requests_total{action="CreateUser",code="EntityAlreadyExists"} 1)"));
}

}  // namespace
}  // namespace countersign
