#include "agent/unreadable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/agent_fixture.h"

namespace countersign::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto a_minute = std::chrono::minutes(1);

TEST(UnreadableMessages, LeaveALineAMinuteAndServer) {
    const Log log(LogLevel::warn);
    UnreadableMessages unreadable(log);
    databases::ServerView orders;
    orders.resource_id = "db-1";
    orders.identifier = "orders";
    databases::ServerView other;
    other.resource_id = "db-2";
    other.identifier = "other";
    const Monotonic start = std::chrono::steady_clock::now();
    const auto lines_of = [&](const databases::ServerView& server, Monotonic at) {
        testing::internal::CaptureStderr();
        unreadable.note(server, 7, "GET / HTTP/1.1", at);
        return testing::internal::GetCapturedStderr();
    };
    const std::string line = lines_of(orders, start);
    EXPECT_THAT(line, HasSubstr("agent.unreadable"));
    EXPECT_THAT(line, HasSubstr("orders"));
    EXPECT_THAT(line, HasSubstr("it is no request of a login hook"));
    EXPECT_THAT(line, Not(HasSubstr("HTTP")));
    EXPECT_EQ(lines_of(orders, start + a_minute - seconds(1)), "");
    EXPECT_NE(lines_of(other, start + seconds(1)), "");
    EXPECT_NE(lines_of(orders, start + a_minute), "");
}

class WireVersionTest : public AgentTest {
protected:
    std::string question_of(std::uint16_t version) const {
        std::string bytes = question("jane", token("jane"));
        bytes[4] = static_cast<char>(version);
        return bytes;
    }
};

TEST_F(WireVersionTest, AHookOfTheVersionBeforeLogsIn) {
    start();
    const std::string sent = token("jane");
    wire::RequestView request;
    request.wire_version = wire::oldest_version;
    request.transport = wire::Transport::tls;
    request.membership = wire::Membership::yes;
    request.user = {"jane", 4};
    request.service = {"countersign", 11};
    request.token = {sent.data(), sent.size()};
    std::string bytes(wire::request_bytes_max, '\0');
    bytes.resize(wire::encode_request(request, reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
    EXPECT_EQ(ask({bytes})->outcome(), 'a');
}

TEST_F(WireVersionTest, ARequestOfALaterVersionIsToldInTheLog) {
    const Log log(LogLevel::warn);
    Agent agent({records_, clock_, random_, log, *audit_}, options_);
    ASSERT_TRUE(agent.start());
    agent.server_up(server_);
    testing::internal::CaptureStderr();
    EXPECT_EQ(ask({question_of(wire::version + 1)})->outcome(), '-');
    const std::string line = testing::internal::GetCapturedStderr();
    EXPECT_THAT(line, HasSubstr("agent.unreadable"));
    EXPECT_THAT(line, HasSubstr("wire version 3, and this agent understands 1 to 2"));
    EXPECT_THAT(line, HasSubstr("agent.sock"));
}

TEST_F(WireVersionTest, AMalformedRequestIsRefusedInItsVersion) {
    start();
    EXPECT_EQ(ask({question("jane", token("jane")) + "more"})->outcome(), 'r');
    EXPECT_EQ(ask({question_of(wire::oldest_version)})->outcome(), 'r');
    EXPECT_EQ(ask({"what is this"})->outcome(), '-');
    const std::string too_large(wire::request_bytes_max + 1, 'x');
    EXPECT_EQ(ask({question("jane", token("jane")) + too_large})->outcome(), 'r');
}

}  // namespace
}  // namespace countersign::agent
