#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign::telemetry {
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

TEST(Metrics, SaysWhetherRulesAreInOrder) {
    Metrics metrics;
    const CountedDatabase orders{"orders", "db-A", "us-east-1", "123456789012"};
    metrics.set_hba_in_order(orders, 0);
    metrics.count_hba_alarm(orders, "overtaken");
    const std::string labels = R"({database="orders",region="us-east-1",resource_id="db-A")";
    for (const std::string& text : {metrics.text(), metrics.text_of("123456789012")}) {
        EXPECT_THAT(text, HasSubstr("countersign_hba_in_order" + labels + "} 0"));
        EXPECT_THAT(text, HasSubstr("countersign_hba_alarms_total" + labels + R"(,state="overtaken"} 1)"));
    }
    EXPECT_THAT(metrics.text_of("210987654321"), Not(HasSubstr("orders")));
    EXPECT_THAT(metrics.sums(), HasSubstr(R"(countersign_hba_alarms_total{state="overtaken"} 1)"));
    EXPECT_THAT(metrics.sums(), Not(HasSubstr("countersign_hba_in_order")));
    metrics.set_hba_in_order(orders, 1);
    EXPECT_THAT(metrics.text(), HasSubstr("countersign_hba_in_order" + labels + "} 1"));
    metrics.drop_hba_in_order(orders);
    EXPECT_THAT(metrics.text(), Not(HasSubstr("countersign_hba_in_order" + labels)));
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

TEST(Metrics, SumsNameNoDatabase) {
    Metrics metrics;
    metrics.count_login(login("policy", "insufficient_permissions"));
    metrics.count_login({"ledger", "cluster-B", "eu-west-1", "policy"});
    metrics.count_login({"ledger", "cluster-B", "eu-west-1"});
    metrics.count_request("CreateUser", "");
    const std::string sums = metrics.sums();
    EXPECT_THAT(sums, HasSubstr(R"(countersign_logins_total{check="policy",decision="refused"} 2)"));
    EXPECT_THAT(sums, HasSubstr(R"(countersign_logins_total{check="",decision="allowed"} 1)"));
    EXPECT_THAT(sums, HasSubstr("countersign_iam_db_auth_connection_requests_total 3"));
    EXPECT_THAT(sums, HasSubstr(R"(countersign_api_requests_total{action="CreateUser",code=""} 1)"));
    for (const char* name : {"orders", "ledger", "cluster-", "west", "us-east"})
        EXPECT_THAT(sums, Not(HasSubstr(name)));
}

TEST(Metrics, TellsAnAccountOfItsOwnDatabases) {
    Metrics metrics;
    CountedLogin counted = login("");
    counted.account = "111111111111";
    metrics.count_login(counted);
    CountedLogin other{"ledger", "cluster-B", "eu-west-1"};
    other.account = "222222222222";
    metrics.count_login(other);
    metrics.count_request("CreateUser", "");
    const std::string text = metrics.text_of("222222222222");
    EXPECT_THAT(text, HasSubstr(R"(countersign_logins_total{check="",database="ledger")"));
    EXPECT_THAT(text, Not(HasSubstr("orders")));
    EXPECT_THAT(text, Not(HasSubstr("countersign_api_requests_total")));
    EXPECT_EQ(metrics.text_of("333333333333"), "");
    EXPECT_EQ(metrics.text_of(""), "");
}

TEST(Metrics, CountsRequests) {
    Metrics metrics;
    metrics.count_request("CreateUser", "EntityAlreadyExists");
    EXPECT_THAT(
        metrics.text(),
        HasSubstr(R"(countersign_api_requests_total{action="CreateUser",code="EntityAlreadyExists"} 1)"));
}

}  // namespace
}  // namespace countersign::telemetry
