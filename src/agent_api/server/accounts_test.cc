// Whose an agent is, and what one may do to the others.
#include "agent_api/server/fleet_fixture.h"

namespace countersign::agent_api::server {
namespace {

TEST_F(FleetTest, WhatAnotherAccountPlacedOnAnAgentIsNotItsServer) {
    const std::string other = "999999999999";
    put_user("eve", other);
    attach("theirs", "host-1", other);
    agent_api::client::ControlPlane control(*enrol(token()));
    ASSERT_EQ(control.servers()->servers.size(), 1U);
    EXPECT_EQ(control.servers()->servers[0].identifier, "db1");
    EXPECT_FALSE(control.record(wanted("eve"))->record);
    audit::LoginEntry line;
    line.login_id = "L1";
    line.decision = audit::Decision::allowed;
    line.resource_id = "db-theirs";
    ASSERT_TRUE(control.deliver({{line}}));
    EXPECT_TRUE(lines_.all.empty());

    accounts_ = {account, other};
    agent_api::client::ControlPlane shared(*enrol(token("host-1")));
    EXPECT_EQ(shared.servers()->servers.size(), 2U);
    EXPECT_TRUE(shared.record(wanted("eve"))->record);
}

TEST_F(FleetTest, ANameIsNotTakenOverForFewerAccountsThanItHad) {
    accounts_ = {account, "999999999999"};
    ASSERT_TRUE(enrol(token()));
    accounts_ = {"999999999999"};
    EXPECT_FALSE(enrol(token("host-1")));
    accounts_ = {account, "999999999999"};
    EXPECT_TRUE(enrol(token("host-1")));
}

TEST_F(FleetTest, ATokenOfAnEarlierVersionIsForTheFirstAccount) {
    ASSERT_TRUE(store_->commit({{}, {store::Write{keys::account, account}}}));
    accounts_ = {};
    agent_api::client::ControlPlane control(*enrol(token()));
    EXPECT_EQ(control.servers()->servers.size(), 1U);
}

TEST_F(FleetTest, AnAgentSaysWhereItsSocketsAre) {
    agent_api::client::ControlPlane control(*enrol(token()));
    const auto said = [this] {
        const auto known = store::load<model::FleetAgent>(*store_, keys::fleet_agent("host-1"));
        return (*known)->record.run_directory;
    };
    EXPECT_EQ(said(), "");
    ASSERT_TRUE(control.servers({"/run/countersign"}));
    EXPECT_EQ(said(), "/run/countersign");
    ASSERT_TRUE(control.servers());
    for (const char* directory : {"run", "/run/../etc", "/run/a b", "/run/x;y"})
        EXPECT_EQ(control.servers({directory}).error().fault, Fault::invalid) << directory;
    EXPECT_EQ(control.servers({"/" + std::string(100, 'x')}).error().fault, Fault::invalid);
    EXPECT_FALSE(control.servers({"/run/elsewhere"})) << "not as often as it likes";
    EXPECT_EQ(said(), "/run/countersign");
}

TEST_F(FleetTest, AFloodOfOneAgentIsRefusedAndHoldsUpNoOther) {
    agent_api::client::ControlPlane flooding(*enrol(token()));
    agent_api::client::ControlPlane other(*enrol(token(), "host-2"));
    audit::LoginEntry line;
    line.login_id = "L1";
    line.decision = audit::Decision::allowed;
    line.resource_id = "db-of-another";
    line.reason = std::string(300'000, 'x');
    bool is_refused = false;
    for (int i = 0; i < 1000 && !is_refused; ++i) is_refused = !flooding.deliver({{line}});
    EXPECT_TRUE(is_refused);
    EXPECT_TRUE(other.servers());
}

}  // namespace
}  // namespace countersign::agent_api::server
