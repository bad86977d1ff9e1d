// The whole way between agents and their control plane.
#include "agent_api/server/fleet_fixture.h"

namespace countersign::agent_api::server {
namespace {

TEST_F(FleetTest, ATokenEnrolsOnce) {
    const agent_api::client::EnrolmentToken once = token();
    const auto first = enrol(once);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->name, "host-1");
    EXPECT_GT(first->until, clock_.now() + std::chrono::hours(23));
    const auto second = enrol(once, "host-2");
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("agent-token"), std::string::npos);
    EXPECT_FALSE(enrol(token("", clock_.now() - std::chrono::seconds(1)), "host-2"));
    EXPECT_FALSE(enrol({"guess", once.authority_digest}, "host-2"));
    EXPECT_FALSE(enrol(token(), "Not A Name"));
}

TEST_F(FleetTest, AnAgentEnrolsOnlyWithTheControlPlaneOfItsToken) {
    agent_api::client::EnrolmentToken foreign = token();
    foreign.authority_digest = std::string(64, '0');
    const auto refused = enrol(foreign);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::unauthenticated);
    foreign.authority_digest = token().authority_digest;
    EXPECT_TRUE(enrol(foreign));  // the secret was told to nobody
}

TEST_F(FleetTest, ANameIsTakenOverOnlyByATokenForIt) {
    const auto first = enrol(token());
    ASSERT_TRUE(first);
    EXPECT_FALSE(enrol(token()));
    const auto second = enrol(token("host-1"), "ignored");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->name, "host-1");
    agent_api::client::ControlPlane before(*first);
    agent_api::client::ControlPlane now(*second);
    EXPECT_EQ(before.servers().error().fault, Fault::unauthenticated);
    EXPECT_TRUE(now.servers());
}

TEST_F(FleetTest, GivesTheDerivedKeyAndNothingElse) {
    agent_api::client::ControlPlane control(*enrol(token()));
    const auto answer = control.record(wanted());
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_TRUE(answer->record);
    const sigv4::Scope scope{wanted().date, "us-east-1", "rds-db"};
    const Secret derived = sigv4::derive_key(Secret(secret), scope);
    const auto record = login::record_of(*answer->record,
                                         [](const std::string& text) { return policy::parse_lenient(text); });
    ASSERT_TRUE(record);
    EXPECT_TRUE(record->active);
    EXPECT_EQ(record->signing_key.reveal(), derived.reveal());
    EXPECT_EQ(record->principal->arn, "arn:aws:iam::123456789012:user/jane");
    EXPECT_EQ(formats::to_record(*answer).find(secret), std::string::npos);
    EXPECT_FALSE(answer->marks.empty());
}

TEST_F(FleetTest, GivesNothingOfOtherDaysRegionsAccountsAndAgents) {
    put_user("eve", "999999999999");
    agent_api::client::ControlPlane control(*enrol(token()));
    for (int days_on = -2; days_on <= 2; ++days_on) {
        const agent_api::RecordRequest of_day = wanted("jane", days_on);
        EXPECT_EQ(static_cast<bool>(control.record(of_day)), sigv4::can_be_of(of_day.date, clock_.now()))
            << days_on;
    }
    const auto of_eve = control.record(wanted("eve"));
    const auto of_nobody = control.record(wanted("nobody"));
    ASSERT_TRUE(of_eve && of_nobody);
    EXPECT_FALSE(of_eve->record);
    EXPECT_EQ(of_eve->marks.size(), of_nobody->marks.size()) << "nothing tells whether there is such a key";
    agent_api::RecordRequest elsewhere = wanted();
    elsewhere.region = "eu-west-1";
    EXPECT_EQ(control.record(elsewhere).error().fault, Fault::denied);
    agent_api::client::ControlPlane other(*enrol(token(), "host-2"));
    EXPECT_EQ(other.record(wanted()).error().fault, Fault::denied);
    EXPECT_TRUE(other.servers()->servers.empty());
    ASSERT_EQ(control.servers()->servers.size(), 1U);
    EXPECT_EQ(control.servers()->servers[0].identifier, "db1");
}

TEST_F(FleetTest, AnUnknownKeyIsToldWithWhatWouldMakeItKnown) {
    agent_api::client::ControlPlane control(*enrol(token()));
    const auto answer = control.record(wanted("nobody"));
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->record);
    const auto begun = control.watch({});
    ASSERT_TRUE(begun);
    put_user("nobody", account);
    const agent_api::WatchAnswer heard = news(control, {begun->epoch, begun->revision});
    EXPECT_NE(std::ranges::find(heard.marks, answer->marks.at(0)), heard.marks.end());
}

TEST_F(FleetTest, SaysWhomNobodyMayBeInTheAgentsServersAlone) {
    agent_api::client::ControlPlane control(*enrol(token()));
    const std::string own = control.servers()->servers.front().resource_id;
    const auto nobody = control.idle_users(own, std::vector<std::string>(50, "ann"));
    ASSERT_TRUE(nobody) << nobody.error().message;
    EXPECT_TRUE(nobody->empty()) << "jane may be everybody";
    ASSERT_TRUE(store_->commit({{}, {store::erase(keys::user(account, "jane"))}}));
    const auto both = control.idle_users(own, {"ann", "bob"});
    ASSERT_TRUE(both) << both.error().message;
    EXPECT_EQ(*both, (std::vector<std::string>{"ann", "bob"}));
    agent_api::client::ControlPlane other(*enrol(token(), "host-2"));
    EXPECT_EQ(other.idle_users(own, {"ann"}).error().fault, Fault::denied);
    EXPECT_EQ(control.idle_users("db-NONE", {"ann"}).error().fault, Fault::denied);
    EXPECT_EQ(control.idle_users(own, {std::string(64, 'a')}).error().fault, Fault::invalid);
}

TEST_F(FleetTest, TheWatchTellsWhatChangedAndOnlyThat) {
    put_user("bob", account);
    agent_api::client::ControlPlane control(*enrol(token()));
    const auto begun = control.watch({});
    ASSERT_TRUE(begun);
    EXPECT_TRUE(begun->everything);
    const auto jane = control.record(wanted("jane"));
    const auto bob = control.record(wanted("bob"));
    ASSERT_TRUE(jane && bob);
    ASSERT_TRUE(store_->commit({{}, {store::erase(keys::access_key("AKIAjane"))}}));
    const agent_api::WatchAnswer heard = news(control, {begun->epoch, begun->revision});
    EXPECT_FALSE(heard.everything);
    const auto touches = [&](const std::vector<agent_api::KeyTag>& marks) {
        return std::ranges::any_of(marks, [&](agent_api::KeyTag mark) {
            return std::ranges::find(heard.marks, mark) != heard.marks.end();
        });
    };
    EXPECT_TRUE(touches(jane->marks));
    EXPECT_FALSE(touches(bob->marks));
    EXPECT_FALSE(control.record(wanted("jane"))->record);
}

TEST_F(FleetTest, TheWatchTellsOfAnAgentsServers) {
    agent_api::client::ControlPlane control(*enrol(token()));
    const auto begun = control.watch({});
    const auto servers = control.servers();
    ASSERT_TRUE(begun && servers);
    attach("db2", "host-1");
    const agent_api::WatchAnswer heard = news(control, {begun->epoch, begun->revision});
    EXPECT_NE(std::ranges::find(heard.marks, servers->marks.at(0)), heard.marks.end());
    EXPECT_EQ(control.servers()->servers.size(), 2U);
}

TEST_F(FleetTest, ARemovedAgentIsRefusedWhileItWaits) {
    agent_api::client::ControlPlane control(*enrol(token()));
    auto at = control.watch({});
    ASSERT_TRUE(at);
    std::thread removing([this] {
        ASSERT_TRUE(store_->commit({{}, {store::erase(keys::fleet_agent("host-1"))}}));
    });
    while (at) at = control.watch({at->epoch, at->revision});
    removing.join();
    EXPECT_EQ(at.error().fault, Fault::unauthenticated);
    EXPECT_EQ(control.record(wanted()).error().fault, Fault::unauthenticated);
}

TEST_F(FleetTest, EveryPathButEnrolmentNeedsACertificate) {
    const auto enrolled = enrol(token());
    http::Channel stranger(fmt::format("https://127.0.0.1:{}", fleet_->port()),
                           {authority_.certificate_pem, "", Secret()});
    for (const char* path :
         {"/v1/record", "/v1/watch", "/v1/servers", "/v1/logins", "/v1/renew", "/", "/v2/x"}) {
        const auto answer = stranger.ask({"POST", path, {}, "{}", ""}, std::chrono::seconds(60));
        ASSERT_TRUE(answer) << path;
        EXPECT_EQ(answer->status, 401) << path;
    }
}

TEST_F(FleetTest, ACertificateIsRenewedAndThenTheOnlyOne) {
    agent_api::client::ControlPlane control(*enrol(token()));
    const Instant until = control.identity().until;
    const auto renewed = control.renew(clock_.now() + std::chrono::hours(8));
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_GE(renewed->until, until);
    EXPECT_TRUE(control.servers());
}

TEST_F(FleetTest, ACertificateThatEndsWhileItsConnectionLivesIsRefused) {
    fleet_.reset();
    begin(std::chrono::seconds(0));
    agent_api::client::ControlPlane control(*enrol(token()));
    EXPECT_FALSE(control.servers());
    EXPECT_FALSE(control.record(wanted()));
}

TEST_F(FleetTest, LoginsArriveOnceAndUnderTheAgentsName) {
    agent_api::client::ControlPlane control(*enrol(token()));
    audit::LoginEntry entry;
    entry.login_id = "L1";
    entry.decision = audit::Decision::allowed;
    entry.resource_id = "db-db1";
    entry.agent = "somebody-else";
    entry.account = "999999999999";
    entry.principal_arn = "arn:aws:iam::999999999999:user/eve";
    audit::LoginEntry foreign = entry;
    foreign.resource_id = "db-of-another";
    audit::LoginEntry ended = entry;
    ended.decision = audit::Decision::ended;
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(control.deliver({{entry, foreign, ended}}));
    fleet_.reset();
    begin();
    agent_api::client::ControlPlane again(*enrol(token("host-1")));
    ASSERT_TRUE(again.deliver({{entry, foreign, ended}})) << "sent once more, to one that has just started";
    ASSERT_EQ(lines_.all.size(), 2U);
    EXPECT_EQ(lines_.all[0].agent, "host-1");
    EXPECT_EQ(lines_.all[0].account, account);
    EXPECT_EQ(lines_.all[0].database, "db1");
    EXPECT_EQ(lines_.all[0].principal_arn, "");
    EXPECT_EQ(lines_.all[1].decision, audit::Decision::ended);
}

}  // namespace
}  // namespace countersign::agent_api::server
