// Agents and what is placed on them, as clients of several accounts meet it.
#include "services/admin/agents.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gateway/api_fixture.h"
#include "model/keys.h"
#include "model/rds.h"

namespace countersign::admin {
namespace {

namespace keys = model::keys;

constexpr const char* region = "us-east-1";
const std::string first = "111111111111";
const std::string other = "222222222222";
const std::string third = "333333333333";

using gateway::test::Parameters;

class AgentsApi : public gateway::test::ApiFixture {
protected:
    AgentsApi() : ApiFixture({"countersign", "2026-01-01", region}) {
        EXPECT_TRUE(store_->commit({{}, {store::Write{keys::account, first}}}));
        for (const std::string& owner : {first, other, third}) {
            add_account(owner);
            add_key(key_of(owner), "", owner);
        }
        serve({service({*store_,
                        sealing_,
                        random_,
                        login::ConnectContext::aws,
                        nullptr,
                        "/srv/countersign",
                        nullptr,
                        {third}})});
    }

    static std::string key_of(const std::string& owner) { return "AKIA" + owner; }

    // The error's code; empty when there was none. The answer is kept.
    std::string call(const std::string& owner, const std::string& action, const Parameters& parameters) {
        answer_ = ApiFixture::call(action, parameters, key_of(owner));
        return text("//Error/Code");
    }
    std::string text(const char* path) const { return answer_.text(path); }
    std::string all(const char* path) const { return fmt::format("{}", fmt::join(answer_.texts(path), ",")); }

    void enrol(const std::string& name, std::vector<std::string> accounts, const std::string& run = "") {
        model::FleetAgent agent;
        agent.name = name;
        agent.accounts = std::move(accounts);
        agent.run_directory = run;
        EXPECT_TRUE(store_->commit({{}, {store::put(keys::fleet_agent(name), agent)}}));
    }
    std::string agents_seen_by(const std::string& owner) {
        EXPECT_EQ(call(owner, "ListAgents", {}), "");
        return all("//AgentName");
    }
    static Parameters server(const std::string& id, const std::string& agent) {
        Parameters facts{{"DBInstanceIdentifier", id},
                         {"Region", region},
                         {"EngineVersion", "15.4"},
                         {"Host", "localhost"},
                         {"Port", "5432"},
                         {"MasterUsername", "postgres"},
                         {"DataDirectory", "/srv/pg"},
                         {"SocketDirectory", "/run/postgresql"},
                         {"SocketPort", "5432"},
                         {"Owner", std::to_string(::geteuid())}};
        if (!agent.empty()) facts["Agent"] = agent;
        return facts;
    }
    static Parameters with(Parameters facts, const std::string& name, const std::string& value) {
        facts[name] = value;
        return facts;
    }

private:
    gateway::test::Answer answer_;
};

TEST_F(AgentsApi, AnAgentIsOfTheAccountThatMakesItsToken) {
    EXPECT_EQ(call(other, "CreateAgentToken", {}), "");
    EXPECT_EQ(all("//AccountIds/member"), other);
    EXPECT_EQ(call(first, "CreateAgentToken", {}), "");
    EXPECT_EQ(all("//AccountIds/member"), first);
    const Parameters both{{"AccountIds.member.1", first}, {"AccountIds.member.2", other}};
    EXPECT_EQ(call(first, "CreateAgentToken", both), "");
    EXPECT_EQ(all("//AccountIds/member"), first + ',' + other);
    EXPECT_EQ(call(other, "CreateAgentToken", both), "AccessDenied");
    EXPECT_EQ(call(other, "CreateAgentToken", {{"AccountIds.member.1", first}}), "AccessDenied");
    EXPECT_EQ(call(other, "CreateAgentToken", {{"AccountIds.member.1", other}}), "");
    EXPECT_EQ(call(first, "CreateAgentToken", {{"AccountIds.member.1", "999999999999"}}), "NoSuchEntity");
}

TEST_F(AgentsApi, NobodyTakesOverTheNameOfAnothersAgent) {
    enrol("own", {other});
    enrol("shared", {first, other});
    enrol("foreign", {third});
    EXPECT_EQ(call(other, "CreateAgentToken", {{"AgentName", "own"}}), "");
    EXPECT_EQ(call(other, "CreateAgentToken", {{"AgentName", "shared"}}), "EntityAlreadyExists");
    EXPECT_EQ(call(other, "CreateAgentToken", {{"AgentName", "foreign"}}), "EntityAlreadyExists");
    EXPECT_EQ(call(first, "CreateAgentToken", {{"AgentName", "shared"}}), "");
    EXPECT_EQ(all("//AccountIds/member"), first + ',' + other) << "it stays whose it was";
}

TEST_F(AgentsApi, EachSeesItsOwn) {
    enrol("own", {other});
    enrol("shared", {third, other});
    enrol("foreign", {third});
    EXPECT_EQ(agents_seen_by(other), "own,shared");
    EXPECT_EQ(all("//AccountIds/member"), other + ',' + other) << "and not whose else it is";
    EXPECT_EQ(agents_seen_by(first), "foreign,own,shared") << "who manages accounts sees all";
    EXPECT_EQ(call(third, "AttachDBInstance", server("salaries", "shared")), "");
    EXPECT_EQ(agents_seen_by(other), "own,shared");
    EXPECT_EQ(all("//DBIdentifiers/member"), "");
    EXPECT_EQ(agents_seen_by(third), "foreign,shared");
    EXPECT_EQ(all("//DBIdentifiers/member"), "salaries");
}

TEST_F(AgentsApi, EachRemovesItsOwn) {
    enrol("own", {other});
    enrol("shared", {first, other});
    enrol("foreign", {third});
    EXPECT_EQ(call(third, "CreateAgentToken", {{"AgentName", "soon"}}), "");
    EXPECT_EQ(call(other, "DeleteAgent", {{"AgentName", "foreign"}}), "NoSuchEntity");
    EXPECT_EQ(call(other, "DeleteAgent", {{"AgentName", "none"}}), "NoSuchEntity");
    EXPECT_EQ(call(other, "DeleteAgent", {{"AgentName", "shared"}}), "AccessDenied");
    EXPECT_EQ(call(other, "DeleteAgent", {{"AgentName", "soon"}}), "NoSuchEntity");
    EXPECT_EQ(store::list_all(*store_, keys::enrolment_tokens())->entries.size(), 1U) << "another's token";
    EXPECT_EQ(call(other, "DeleteAgent", {{"AgentName", "own"}}), "");
    EXPECT_EQ(call(first, "DeleteAgent", {{"AgentName", "shared"}}), "");
    EXPECT_EQ(agents_seen_by(first), "foreign");
}

TEST_F(AgentsApi, NothingIsPlacedOnAnothersAgent) {
    enrol("foreign", {third});
    enrol("own", {other});
    EXPECT_EQ(call(other, "AttachDBInstance", server("orders", "foreign")), "NoSuchEntity");
    EXPECT_EQ(text("//Error/Message"), "There is no agent foreign.");
    EXPECT_EQ(call(other, "AttachDBInstance", server("orders", "not-there")), "NoSuchEntity");
    EXPECT_EQ(text("//Error/Message"), "There is no agent not-there.");
    EXPECT_EQ(call(first, "AttachDBInstance", server("orders", "foreign")), "NoSuchEntity");
    EXPECT_EQ(call(other, "AttachDBInstance", server("orders", "own")), "");
    const Parameters pooler{{"PoolerName", "pool"}, {"DBIdentifier", "orders"}, {"Region", region},
                            {"Host", "localhost"},  {"Port", "6432"},           {"Owner", "26"}};
    EXPECT_EQ(call(other, "RegisterPooler", with(pooler, "Agent", "foreign")), "NoSuchEntity");
    EXPECT_EQ(call(other, "RegisterPooler", with(pooler, "Agent", "own")), "");
}

TEST_F(AgentsApi, TheAgentInsideIsTheFirstAccountsAndOfThoseItWasStartedFor) {
    EXPECT_EQ(call(other, "AttachDBInstance", server("orders", "")), "AccessDenied");
    EXPECT_EQ(call(third, "AttachDBInstance", server("orders", "")), "");
    EXPECT_EQ(call(first, "AttachDBInstance", server("orders", "")), "");
    EXPECT_EQ(text("//AgentSocket").substr(0, 21), "/srv/countersign/run/");
}

TEST_F(AgentsApi, WhatWasThereBeforeIsBroughtUpToDate) {
    EXPECT_EQ(call(first, "AttachDBInstance", server("orders", "")), "");
    const std::string before = keys::instance(first, region, "orders");
    auto instance = (*store::load<model::DBInstance>(*store_, before))->record;
    instance.account = other;  // as one that was attached before agents belonged to accounts
    EXPECT_TRUE(store_->commit({{}, {store::put(keys::instance(other, region, "orders"), instance)}}));
    EXPECT_EQ(call(other, "AttachDBInstance", server("orders", "")), "");
}

TEST_F(AgentsApi, TheSocketIsWhereTheAgentHasItsOwn) {
    enrol("said", {other}, "/srv/agent/run");
    enrol("silent", {other});
    EXPECT_EQ(call(other, "AttachDBInstance", with(server("one", "said"), "RunDirectory", "/etc/cron.d")),
              call(other, "AttachDBInstance", with(server("one", "said"), "NoSuchParameter", "x")));
    EXPECT_EQ(call(other, "AttachDBInstance", server("one", "said")), "");
    EXPECT_EQ(text("//AgentSocket").substr(0, 15), "/srv/agent/run/");
    EXPECT_EQ(call(other, "AttachDBInstance", server("two", "silent")), "");
    EXPECT_EQ(text("//AgentSocket").substr(0, 17), "/run/countersign/");
}

TEST_F(AgentsApi, WhatCountersignRunsIsNotAttached) {
    for (const char* path : {"/srv/countersign/run", "/srv/countersign", "/srv/countersign/./run/"}) {
        EXPECT_EQ(call(first, "AttachDBInstance", with(server("a", ""), "SocketDirectory", path)),
                  "InvalidInput");
        EXPECT_EQ(call(first, "AttachDBInstance", with(server("a", ""), "DataDirectory", path)),
                  "InvalidInput");
    }
}

TEST_F(AgentsApi, AnAccountFillsNoAgent) {
    enrol("own", {other});
    for (int i = 0; i < 200; ++i) {
        model::DBInstance instance;
        instance.account = other;
        instance.server.emplace().attached.emplace().agent = "own";
        instance.server->resource_id = "db-" + std::to_string(i);
        const std::string in = "eu-west-" + std::to_string(i);
        EXPECT_TRUE(store_->commit({{}, {store::put(keys::instance(other, in, "orders"), instance)}}));
    }
    EXPECT_EQ(call(other, "AttachDBInstance", server("orders", "own")), "LimitExceeded");
}

}  // namespace
}  // namespace countersign::admin
