#include "services/cloudtrail/stranger_events.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "services/cloudtrail/api_events.h"

namespace countersign::cloudtrail {
namespace {

using namespace std::chrono_literals;

constexpr const char* account = "111122223333";
constexpr const char* action = "AssumeRoleWithWebIdentity";
const Instant start{std::chrono::seconds(1'767'225'600)};

std::uint64_t admitted(StrangerEvents& events, const std::string& address, int calls, Instant now = start,
                       const std::string& owner = account) {
    std::uint64_t count = 0;
    for (int call = 0; call < calls; ++call)
        count += events.admit(owner, "us-east-1", action, address, now) ? 1 : 0;
    return count;
}

TEST(StrangerEvents, SoManyOfOneClient) {
    StrangerEvents events;
    EXPECT_EQ(admitted(events, "192.0.2.1", 25), StrangerEvents::of_client_max);
    EXPECT_EQ(admitted(events, "192.0.2.2", 1), 1U);
    EXPECT_TRUE(events.take_over(start + 59s).empty());
    const auto sums = events.take_over(start + 60s);
    ASSERT_EQ(sums.size(), 1U);
    EXPECT_EQ(sums[0].calls, 15U);
    EXPECT_EQ(sums[0].clients, 1U);
    EXPECT_EQ(sums[0].busiest, "192.0.2.1");
    EXPECT_TRUE(events.take_over(start + 60s).empty());
    EXPECT_EQ(admitted(events, "192.0.2.1", 25, start + 60s), StrangerEvents::of_client_max);
}

TEST(StrangerEvents, OneNetworkIsOneClient) {
    StrangerEvents events;
    EXPECT_EQ(admitted(events, "2001:db8::1", 10), 10U);
    EXPECT_EQ(admitted(events, "2001:db8::2", 10), 0U);
}

TEST(StrangerEvents, ManyClientsTogetherHaveABoundToo) {
    StrangerEvents events;
    std::uint64_t count = 0;
    for (int client = 0; client < 2000; ++client)
        count += admitted(events,
                          "198.51." + std::to_string(client / 250) + '.' + std::to_string(client % 250), 1);
    EXPECT_EQ(count, StrangerEvents::of_account_max);
    EXPECT_EQ(admitted(events, "192.0.2.1", 1, start, "444455556666"), 1U);
    EXPECT_EQ(events.take_over(std::nullopt).at(0).calls, 1900U);
}

TEST(StrangerEvents, NothingIsLeftOutOfAQuietMinute) {
    StrangerEvents events;
    admitted(events, "192.0.2.1", 3);
    EXPECT_TRUE(events.take_over(std::nullopt).empty());
}

class ApiEventsTest : public ::testing::Test {
protected:
    ~ApiEventsTest() override { std::filesystem::remove_all(directory_); }

    void call(ApiEvents& events, const gateway::FederatedCaller& caller, int seconds = 0) {
        gateway::ApiCall made;
        made.request_id = "id";
        made.time = start + std::chrono::seconds(seconds);
        made.service = "sts";
        made.action = action;
        made.region = "us-east-1";
        made.source = "192.0.2.1";
        made.input = R"({"roleArn":"arn:aws:iam::111122223333:role/dev","policy":"kept by nobody"})";
        made.error_code = "InvalidIdentityToken";
        made.error_message = "no";
        made.federated = &caller;
        events.on_call(made);
    }
    // The events of strangers, each as CloudTrail shows it.
    std::vector<formats::json::object> kept() const {
        std::vector<formats::json::object> all;
        std::ifstream file(directory_ / "api-strangers.000001.log");
        for (std::string line; std::getline(file, line);) {
            const auto event = formats::parse_json(line);
            all.push_back(formats::parse_json(event->at("record").as_string())->as_object());
        }
        return all;
    }

    const std::filesystem::path directory_ =
        std::filesystem::path(testing::TempDir()) / ("strangers." + std::to_string(::getpid()));
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
};

TEST_F(ApiEventsTest, ACallOfNobodyKnownIsMarked) {
    {
        ApiEvents events(directory_, random_, log_);
        call(events, {account, "https://idp.example.com\n", "", "", false});
    }
    const auto all = kept();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].at("userIdentity"),
              (formats::json::value{{"type", "WebIdentityUser"},
                                    {"identityProvider", "https://idp.example.com\\x0A"}}));
    EXPECT_EQ(all[0].at("additionalEventData"), (formats::json::value{{"verified", false}}));
    EXPECT_EQ(all[0].at("requestParameters"),
              (formats::json::value{{"roleArn", "arn:aws:iam::111122223333:role/dev"}}));
    EXPECT_EQ(all[0].at("recipientAccountId").as_string(), account);
}

TEST_F(ApiEventsTest, WhatIsLeftOutIsSummedUp) {
    {
        ApiEvents events(directory_, random_, log_);
        for (int number = 0; number < 500; ++number) call(events, {account, "x", "", "", false});
        EXPECT_EQ(kept().size(), StrangerEvents::of_client_max);
        call(events, {account, "x", "", "", false}, 61);
        EXPECT_EQ(kept().size(), StrangerEvents::of_client_max + 2);
        for (int number = 0; number < 20; ++number) call(events, {account, "x", "", "", false}, 61);
    }
    const auto all = kept();
    const auto& sum = all.at(StrangerEvents::of_client_max);
    EXPECT_EQ(sum.at("errorCode").as_string(), "EventsLeftOut");
    EXPECT_EQ(sum.at("additionalEventData").at("calls"), 490);
    EXPECT_EQ(all.back().at("additionalEventData").at("calls"), 11) << "a stop loses no sum";
}

}  // namespace
}  // namespace countersign::cloudtrail
