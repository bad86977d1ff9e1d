#include "cli/layout.h"

#include <gtest/gtest.h>

#include "model/aws_managed_policies.h"
#include "model/iam.h"
#include "model/keys.h"
#include "model/rds.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::cli {

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

template <class Record>
Record record_at(store::Store& store, const std::string& key) {
    const auto stored = store::load<Record>(store, key);
    EXPECT_TRUE(stored && *stored) << key;
    return stored && *stored ? (*stored)->record : Record();
}

TEST(Layout, RecordsOfTheFirstVersionComeBelowTheirAccount) {
    const auto store = old_store();
    ASSERT_TRUE(bring_up_to_date(*store, Instant()));
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
    ASSERT_TRUE(bring_up_to_date(*store, Instant()));
    const store::Revision revision = store->revision();
    ASSERT_TRUE(bring_up_to_date(*store, Instant()));
    EXPECT_EQ(store->revision(), revision);
}

TEST(Layout, GoesOnWhereACrashEndedIt) {
    const auto store = old_store();
    ASSERT_TRUE(bring_up_to_date(*store, Instant()));
    EXPECT_TRUE(store->commit({{}, {store::erase(keys::layout)}}));
    EXPECT_TRUE(store->commit({{}, {{"/iam/user/bob", R"({"name":"bob"})"}}}));
    ASSERT_TRUE(bring_up_to_date(*store, Instant()));
    EXPECT_EQ(record_at<model::User>(*store, keys::user(account, "bob")).name, "bob");
    EXPECT_EQ(record_at<model::User>(*store, keys::user(account, "ada")).id, "AIDA1");
}

TEST(Layout, AStoreOfANewerVersionIsRefused) {
    const auto store = old_store();
    EXPECT_TRUE(store->commit({{}, {{keys::layout, "9"}}}));
    EXPECT_FALSE(bring_up_to_date(*store, Instant()));
}

TEST(Layout, AnEmptyStoreStaysEmpty) {
    const auto store = store::make_memory();
    ASSERT_TRUE(bring_up_to_date(*store, Instant()));
    EXPECT_EQ(store->revision(), 0);
}

}  // namespace

}  // namespace countersign::cli
