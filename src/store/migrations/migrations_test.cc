#include "store/migrations/migrations.h"

#include <gtest/gtest.h>

#include "model/aws_managed_policies.h"
#include "model/fleet.h"
#include "model/iam.h"
#include "model/keys.h"
#include "model/rds.h"
#include "policy/rename_principals.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::store::migrations {

namespace {

namespace keys = model::keys;

constexpr const char* account = "123456789012";

// A store as version 1 wrote it: one account, named in no key.
std::unique_ptr<store::Store> old_store() {
    auto store = store::make_memory();
    EXPECT_TRUE(store->commit({{},
                               {{keys::account, account},
                                {"/iam/user/ada", R"({"name":"ada","path":"/","id":"AIDA1"})"},
                                {"/iam/key/AKIA1", R"({"id":"AKIA1","user":"ada","sealed_secret":"x"})"},
                                {"/iam/user-key/ada/AKIA1", "AKIA1"},
                                {"/iam/user-key//AKIA2", "AKIA2"},
                                {"/rds/us-east-1/cluster/c1", R"({"id":"c1","region":"us-east-1"})"},
                                {"/rds/us-east-1/instance/c1-1", R"({"id":"c1-1","cluster":"c1"})"}}}));
    return store;
}

Result<void> brought_up_to_date(store::Store& store) {
    crypto::SystemRandom random;
    return migrate(store, random, Instant());
}

template <class Record>
Record record_at(store::Store& store, const std::string& key) {
    const auto stored = store::load<Record>(store, key);
    EXPECT_TRUE(stored && *stored) << key;
    return stored && *stored ? (*stored)->record : Record();
}

TEST(Layout, RecordsOfTheFirstVersionComeBelowTheirAccount) {
    const auto store = old_store();
    ASSERT_TRUE(brought_up_to_date(*store));
    EXPECT_EQ(record_at<model::User>(*store, keys::user(account, "ada")).id, "AIDA1");
    EXPECT_EQ(record_at<model::AccessKey>(*store, keys::access_key("AKIA1")).account, account);
    EXPECT_EQ(record_at<model::DBCluster>(*store, keys::cluster(account, "us-east-1", "c1")).account,
              account);
    EXPECT_EQ(record_at<model::DBInstance>(*store, keys::instance(account, "us-east-1", "c1-1")).cluster,
              "c1");
    EXPECT_EQ(record_at<model::Account>(*store, keys::account_record(account)).id, account);
    EXPECT_EQ(record_at<model::Guardrail>(*store, keys::guardrail(account, "FullAWSAccess")).document,
              model::full_aws_access);
    EXPECT_TRUE(store->get(keys::user_key(account, "", "AKIA2"))->has_value());
    EXPECT_FALSE(store->get("/iam/user/ada")->has_value());
    EXPECT_FALSE(store->get("/rds/us-east-1/cluster/c1")->has_value());
}

TEST(Layout, ASecondTimeChangesNothing) {
    const auto store = old_store();
    ASSERT_TRUE(brought_up_to_date(*store));
    const store::Revision revision = store->revision();
    ASSERT_TRUE(brought_up_to_date(*store));
    EXPECT_EQ(store->revision(), revision);
}

TEST(Layout, GoesOnWhereACrashEndedIt) {
    const auto store = old_store();
    ASSERT_TRUE(brought_up_to_date(*store));
    EXPECT_TRUE(store->commit({{}, {store::erase(keys::schema)}}));
    EXPECT_TRUE(store->commit({{}, {{"/iam/user/bob", R"({"name":"bob"})"}}}));
    ASSERT_TRUE(brought_up_to_date(*store));
    EXPECT_EQ(record_at<model::User>(*store, keys::user(account, "bob")).name, "bob");
    EXPECT_EQ(record_at<model::User>(*store, keys::user(account, "ada")).id, "AIDA1");
}

std::string trust_in(const std::string& names) {
    return R"({"Version":"2012-10-17",  "Statement":{"Effect":"Allow","Principal":{"AWS":[)" + names +
           R"(]},"Action":"sts:AssumeRole"}})";
}

model::Account account_of(const std::string& id) {
    model::Account record;
    record.id = id;
    return record;
}

// A store as version 2 wrote it: many accounts, and trust policies that name users and roles by ARN.
std::unique_ptr<store::Store> store_with_arns() {
    auto store = store::make_memory();
    const std::string other = "210987654321";
    model::User ada;
    ada.name = "ada";
    ada.path = "/team/";
    ada.id = "AIDAADA";
    model::Role app;
    app.name = "app";
    app.path = "/";
    app.id = "AROAAPP";
    app.trust_policy =
        trust_in(R"("arn:aws:iam::123456789012:user/team/ada","arn:aws:iam::123456789012:user/ada",
        "arn:aws:iam::123456789012:role/app","arn:aws:iam::210987654321:role/app","123456789012",
        "arn:aws:sts::123456789012:assumed-role/app/s","arn:aws:sts::123456789012:assumed-role/gone/s",
        "arn:aws:iam::123456789012:role/gone","arn:aws:iam::999999999999:user/ada","*")");
    model::Role there = app;
    there.id = "AROATHERE";
    there.trust_policy = "cannot be read";
    EXPECT_TRUE(store->commit({{},
                               {{keys::account, account},
                                {keys::schema, "2"},
                                store::put(keys::account_record(account), account_of(account)),
                                store::put(keys::account_record(other), account_of(other)),
                                store::put(keys::user(account, "ada"), ada),
                                store::put(keys::role(account, "app"), app),
                                store::put(keys::role(other, "app"), there)}}));
    return store;
}

std::vector<std::string> trusted_by(store::Store& store, const std::string& role) {
    std::vector<std::string> names;
    const std::string trust = record_at<model::Role>(store, keys::role(account, role)).trust_policy;
    EXPECT_TRUE(policy::rename_principals(trust, [&](const std::string& name) -> Result<std::string> {
        names.push_back(name);
        return name;
    }));
    return names;
}

TEST(Layout, WhomTrustPoliciesNameByArnIsBound) {
    const auto store = store_with_arns();
    ASSERT_TRUE(brought_up_to_date(*store));
    const std::vector<std::string> names = trusted_by(*store, "app");
    ASSERT_EQ(names.size(), 10U);
    EXPECT_EQ(names[0], "AIDAADA");
    EXPECT_EQ(names[2], "AROAAPP");
    EXPECT_EQ(names[3], "AROATHERE");
    EXPECT_EQ(names[4], account);
    EXPECT_EQ(names[5], "AROAAPP:s");
    EXPECT_EQ(names[8], "arn:aws:iam::999999999999:user/ada");
    EXPECT_EQ(names[9], "*");
    // Nobody has these ids, and nobody will.
    EXPECT_TRUE(names[1].starts_with("AIDA") && names[1].size() == 21) << names[1];
    EXPECT_TRUE(names[6].starts_with("AROA") && names[6].size() == 21) << names[6];
    EXPECT_TRUE(names[7].starts_with("AROA") && names[7].size() == 21) << names[7];
    EXPECT_EQ(record_at<model::Role>(*store, keys::role("210987654321", "app")).trust_policy,
              "cannot be read");
    EXPECT_EQ(record_at<model::NamedPrincipal>(*store, keys::named_principal("AIDAADA")).user, "ada");
    EXPECT_EQ(record_at<model::NamedPrincipal>(*store, keys::named_principal("AROATHERE")).account,
              "210987654321");
    EXPECT_EQ(store->get(keys::schema)->value().value, keys::schema_now);
}

TEST(Layout, BindsOnceHoweverOftenItBegins) {
    const auto store = store_with_arns();
    ASSERT_TRUE(brought_up_to_date(*store));
    const std::vector<std::string> names = trusted_by(*store, "app");
    model::User next = record_at<model::User>(*store, keys::user(account, "ada"));
    next.id = "AIDANEXT";
    EXPECT_TRUE(store->commit({{}, {{keys::schema, "2"}, store::put(keys::user(account, "ada"), next)}}));
    ASSERT_TRUE(brought_up_to_date(*store));
    EXPECT_EQ(trusted_by(*store, "app"), names);
    const store::Revision revision = store->revision();
    ASSERT_TRUE(brought_up_to_date(*store));
    EXPECT_EQ(store->revision(), revision);
}

TEST(Layout, AStoreOfANewerVersionIsRefused) {
    const auto store = old_store();
    EXPECT_TRUE(store->commit({{}, {{keys::schema, "9"}}}));
    EXPECT_FALSE(brought_up_to_date(*store));
}

TEST(Layout, AnEmptyStoreStaysEmpty) {
    const auto store = store::make_memory();
    ASSERT_TRUE(brought_up_to_date(*store));
    EXPECT_EQ(store->revision(), 0);
}

TEST(Owners, OfAgentsWithoutAnyAreThoseOfTheirServers) {
    const auto store = store::make_memory();
    const auto put_agent = [&](const std::string& name, std::vector<std::string> accounts) {
        model::FleetAgent agent;
        agent.name = name;
        agent.accounts = std::move(accounts);
        EXPECT_TRUE(store->commit({{}, {store::put(keys::fleet_agent(name), agent)}}));
    };
    put_agent("idle", {});
    put_agent("busy", {});
    put_agent("owned", {"333333333333"});
    for (const char* owner : {"222222222222", "111111111111"}) {
        model::DBInstance instance;
        instance.id = "db";
        instance.account = owner;
        instance.server.emplace().attached.emplace().agent = "busy";
        EXPECT_TRUE(store->commit({{}, {store::put(keys::instance(owner, "us-east-1", "db"), instance)}}));
    }
    EXPECT_TRUE(store->commit({{}, {{keys::account, account}}}));
    ASSERT_TRUE(give_agents_owners(*store));
    const auto owners = [&](const char* name) {
        return record_at<model::FleetAgent>(*store, keys::fleet_agent(name)).accounts;
    };
    EXPECT_EQ(owners("idle"), std::vector<std::string>{account});
    EXPECT_EQ(owners("busy"), (std::vector<std::string>{"111111111111", "222222222222"}));
    EXPECT_EQ(owners("owned"), std::vector<std::string>{"333333333333"});
    const store::Revision revision = store->revision();
    ASSERT_TRUE(give_agents_owners(*store));
    EXPECT_EQ(store->revision(), revision);
}

}  // namespace

}  // namespace countersign::store::migrations
