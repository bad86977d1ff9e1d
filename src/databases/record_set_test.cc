#include "databases/record_set.h"

#include <gtest/gtest.h>

#include "formats/iso_time.h"
#include "model/keys.h"
#include "store/memory.h"

namespace countersign::databases {
namespace {

using model::DatabaseStatus;

const Instant thursday_ten = *formats::parse_extended_time("2026-01-01T10:00:00Z");

model::DBCluster a_cluster() {
    model::DBCluster cluster;
    cluster.id = "c";
    cluster.account = "123456789012";
    cluster.region = "us-east-1";
    cluster.status = model::DatabaseStatus::creating;
    cluster.server.resource_id = "cluster-1";
    return cluster;
}

model::DBInstance a_member(const std::string& id) {
    model::DBInstance instance;
    instance.id = id;
    instance.account = "123456789012";
    instance.region = "us-east-1";
    instance.status = model::DatabaseStatus::creating;
    instance.cluster = "c";
    return instance;
}

RecordSet set_of(const model::DBCluster& cluster, const std::vector<model::DBInstance>& members) {
    RecordSet records;
    records.cluster = {cluster, model::keys::cluster(cluster.account, cluster.region, cluster.id), 1};
    for (const model::DBInstance& member : members)
        records.instances.push_back(
            {member, model::keys::instance(member.account, member.region, member.id), 1});
    return records;
}

TEST(RecordSet, WithoutRecordsNothingIsKnown) {
    EXPECT_EQ(desired_state_of(RecordSet(), thursday_ten), DesiredState());
    EXPECT_EQ(DesiredState().lifecycle, Lifecycle::unknown);
}

TEST(RecordSet, AClusterRunsWhileAnInstanceWantsIt) {
    model::DBInstance leaving = a_member("b");
    leaving.wish = model::Wish::deleted;
    const DesiredState alone = desired_state_of(set_of(a_cluster(), {}), thursday_ten);
    EXPECT_EQ(alone, (DesiredState{.lifecycle = Lifecycle::kept}));
    const DesiredState two = desired_state_of(set_of(a_cluster(), {a_member("a"), leaving}), thursday_ten);
    EXPECT_EQ(two, (DesiredState{.lifecycle = Lifecycle::kept, .running = true, .member_leaving = true}));
}

TEST(RecordSet, ChangesAreDueAtOnceOrInTheWindow) {
    const struct {
        bool apply_now;
        const char* window;
        bool due;
    } cases[] = {{true, "", true},
                 {false, "", false},
                 {false, "thu:09:45-thu:10:15", true},
                 {false, "thu:10:01-thu:10:31", false},
                 {false, "whenever", false}};
    for (const auto& c : cases) {
        model::DBCluster cluster = a_cluster();
        cluster.maintenance_window = c.window;
        cluster.server.pending = {.iam_enabled = true, .master_verifier = "sealed", .apply_now = c.apply_now};
        const DesiredState desired = desired_state_of(set_of(cluster, {}), thursday_ten);
        EXPECT_EQ(desired.access_change, c.due) << c.window;
        EXPECT_EQ(desired.password_change, c.due) << c.window;
    }
}

TEST(RecordSet, AStoppedClusterLiesStillWhateverElseIsAskedOfIt) {
    model::DBCluster cluster = a_cluster();
    cluster.halt = model::Halt::stopped;
    cluster.server.pending = {.iam_enabled = true, .master_verifier = "sealed", .apply_now = true};
    model::DBInstance leaving = a_member("a");
    leaving.wish = model::Wish::deleted;
    RecordSet records = set_of(cluster, {leaving});
    model::DBInstance reader = a_member("b");
    reader.home = "db-b";
    reader.status = DatabaseStatus::stopping;
    records.others.push_back({reader, model::keys::instance("123456789012", "us-east-1", "b"), 1});
    const DesiredState still{
        .lifecycle = Lifecycle::kept, .readers_left = true, .stopped = true, .readers_stopping = true};
    EXPECT_EQ(desired_state_of(records, thursday_ten), still);
    records.others[0].record.status = DatabaseStatus::stopped;
    EXPECT_FALSE(desired_state_of(records, thursday_ten).readers_stopping);
    records.set_status(DatabaseStatus::available);
    EXPECT_EQ(displayed_status_of(records), DisplayedStatus::other);
    records.set_status(DatabaseStatus::stopped);
    EXPECT_EQ(displayed_status_of(records), DisplayedStatus::settled);
}

TEST(RecordSet, StatusesShowOneThing) {
    const struct {
        DatabaseStatus cluster;
        DatabaseStatus instance;
        DisplayedStatus displayed;
    } cases[] = {{DatabaseStatus::available, DatabaseStatus::available, DisplayedStatus::settled},
                 {DatabaseStatus::available, DatabaseStatus::creating, DisplayedStatus::other},
                 {DatabaseStatus::creating, DatabaseStatus::available, DisplayedStatus::other},
                 {DatabaseStatus::available, DatabaseStatus::failed, DisplayedStatus::failed},
                 {DatabaseStatus::configuring_iam_database_auth, DatabaseStatus::available,
                  DisplayedStatus::configuring_access},
                 {DatabaseStatus::resetting_master_credentials, DatabaseStatus::available,
                  DisplayedStatus::resetting_password}};
    for (const auto& c : cases) {
        RecordSet records = set_of(a_cluster(), {a_member("a")});
        records.set_status(c.cluster);
        records.instances[0].record.status = c.instance;
        EXPECT_EQ(displayed_status_of(records), c.displayed)
            << text_of(c.cluster) << ' ' << text_of(c.instance);
    }
}

TEST(RecordSet, IsWrittenOnlyWhereItDiffersAndOnlyIfUnchanged) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const RecordSet unwritten = set_of(a_cluster(), {a_member("a")});
    ASSERT_TRUE(store->commit({{},
                               {store::put(unwritten.cluster->key, unwritten.cluster->record),
                                store::put(unwritten.instances[0].key, unwritten.instances[0].record)}}));
    ServerKeys keys{"cluster-1", unwritten.cluster->key, {unwritten.instances[0].key}};
    keys.members = keys.instances;
    const RecordSet before = *read_records(*store, keys);
    RecordSet after = before;
    after.set_status(DatabaseStatus::available);
    ASSERT_TRUE(write_records(*store, before, after, {}));
    const RecordSet now = *read_records(*store, keys);
    EXPECT_EQ(now.status(), DatabaseStatus::available);
    EXPECT_EQ(now.instances[0].modified, before.instances[0].modified);
    EXPECT_EQ(write_records(*store, before, after, {}).error().fault, Fault::conflict);
    EXPECT_TRUE(write_records(*store, now, RecordSet(), {}));
    EXPECT_EQ(read_records(*store, keys)->server(), nullptr);
}

TEST(RecordSet, TheWritersGroupGoesBeforeTheClusters) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    model::DBCluster cluster = a_cluster();
    cluster.parameter_group = "of-cluster";
    model::DBInstance writer = a_member("a");
    writer.parameter_group = "of-writer";
    model::DBInstance reader = a_member("b");
    reader.parameter_group = "of-reader";
    reader.home = "db-b";
    const RecordSet records = set_of(cluster, {writer, reader});
    cluster.server.engine = "aurora-postgresql";
    cluster.server.engine_version = "15.1";
    model::ParameterGroup group;
    group.parameters = {
        {"work_mem", "64", "immediate"}, {"jit", "0", "immediate"}, {"datestyle", "iso", "immediate"}};
    const std::string account = cluster.account;
    const std::string region = cluster.region;
    ASSERT_TRUE(store->commit(
        {{}, {store::put(model::keys::cluster_parameter_group(account, region, "of-cluster"), group)}}));
    group.parameters = {{"work_mem", "128", "immediate"}};
    ASSERT_TRUE(
        store->commit({{}, {store::put(model::keys::parameter_group(account, region, "of-writer"), group)}}));
    group.parameters = {{"work_mem", "256", "immediate"}};
    ASSERT_TRUE(
        store->commit({{}, {store::put(model::keys::parameter_group(account, region, "of-reader"), group)}}));
    ServerKeys keys{"cluster-1", records.cluster->key, {}};
    ASSERT_TRUE(store->commit({{}, {store::put(keys.cluster, cluster)}}));
    for (const auto& member : records.instances) {
        keys.members.push_back(member.key);
        ASSERT_TRUE(store->commit({{}, {store::put(member.key, member.record)}}));
    }
    keys.instances = {keys.members[0]};
    const auto in_force = read_records(*store, keys)->parameters;
    EXPECT_EQ(in_force.at("jit"), "0");
    EXPECT_EQ(in_force.at("work_mem"), "128");
    EXPECT_EQ(in_force.at("autovacuum_naptime"), "15");  // RDS's
    EXPECT_FALSE(in_force.contains("datestyle"));        // kept without effect
    ServerKeys of_reader{"cluster-1", keys.cluster, {keys.members[1]}};
    of_reader.members = keys.members;
    of_reader.home = "db-b";
    of_reader.reader = true;
    const auto of_its_own = read_records(*store, of_reader)->parameters;
    EXPECT_EQ(of_its_own.at("work_mem"), "256");
    EXPECT_EQ(of_its_own.at("jit"), "0");
}

TEST(RecordSet, AnotherServerUnderTheSameNameIsNotMeant) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const std::string key = model::keys::cluster("", "us-east-1", "c");
    ASSERT_TRUE(store->commit({{}, {store::put(key, a_cluster())}}));
    EXPECT_EQ(read_records(*store, {"cluster-2", key, {}})->server(), nullptr);
}

TEST(Census, KnowsTheServersOfTheRecords) {
    Census census;
    model::DBInstance own = a_member("own");
    own.cluster.clear();
    own.server.emplace().resource_id = "db-1";
    census.set("/rds/123456789012/us-east-1/cluster/c", formats::to_record(a_cluster()));
    census.set("/rds/123456789012/us-east-1/instance/a", formats::to_record(a_member("a")));
    census.set("/rds/123456789012/us-east-1/instance/own", formats::to_record(own));
    census.set("/rds/123456789012/us-east-1/event/1", "no record");
    census.set("/rds/123456789012/us-east-1/cluster/broken", "{");
    model::DBInstance reader = a_member("b");
    reader.home = "db-b";
    census.set("/rds/123456789012/us-east-1/instance/b", formats::to_record(reader));
    const std::string cluster = "/rds/123456789012/us-east-1/cluster/c";
    const std::string of_a = "/rds/123456789012/us-east-1/instance/a";
    const std::string of_b = "/rds/123456789012/us-east-1/instance/b";
    const std::vector<ServerKeys> expected{{.resource_id = "cluster-1",
                                            .cluster = cluster,
                                            .instances = {of_a},
                                            .home = "cluster-1",
                                            .members = {of_a, of_b}},
                                           {.resource_id = "cluster-1",
                                            .cluster = cluster,
                                            .instances = {of_b},
                                            .home = "db-b",
                                            .members = {of_a, of_b},
                                            .reader = true},
                                           {"db-1", {}, {"/rds/123456789012/us-east-1/instance/own"}}};
    EXPECT_EQ(census.servers(), expected);
    census.set("/rds/123456789012/us-east-1/cluster/c", std::nullopt);
    EXPECT_EQ(census.servers().size(), 1U);
}

}  // namespace
}  // namespace countersign::databases
