#include "base/metrics.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Metrics, CountsByOutcome) {
    Metrics metrics;
    metrics.count_login("");
    metrics.count_login("policy");
    metrics.count_login("policy");
    metrics.count_request("CreateUser", "EntityAlreadyExists");
    const std::string text = metrics.text();
    EXPECT_NE(text.find(R"(countersign_logins_total{check="policy",decision="refused"} 2)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(R"(countersign_logins_total{check="",decision="allowed"} 1)"), std::string::npos)
        << text;
    EXPECT_NE(
        text.find(R"(countersign_api_requests_total{action="CreateUser",code="EntityAlreadyExists"} 1)"),
        std::string::npos)
        << text;
}

}  // namespace
}  // namespace countersign
