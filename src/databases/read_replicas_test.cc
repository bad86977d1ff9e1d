// From the records of a source and its read replicas to what each of their servers is.
#include <gtest/gtest.h>

#include "databases/census.h"
#include "databases/members.h"
#include "databases/record_set.h"
#include "model/keys.h"
#include "store/memory.h"

namespace countersign::databases {
namespace {

constexpr const char* account = "123456789012";
constexpr const char* region = "us-east-1";

class Replication : public testing::Test {
protected:
    Replication() {
        put("ledger", "db-1", "");
        put("copy", "db-2", "db-1");
    }

    void put(const std::string& id, const std::string& resource_id, const std::string& source) {
        model::DBInstance& instance = instances_[id];
        instance.id = id;
        instance.account = account;
        instance.region = region;
        instance.resource_id = resource_id;
        instance.status = model::DatabaseStatus::available;
        instance.server.emplace();
        instance.server->resource_id = resource_id;
        instance.server->engine = "postgres";
        instance.server->engine_version = "15.1";
        instance.server->host = "127.54.32.1";
        instance.server->port = static_cast<std::uint16_t>(5000 + instances_.size());
        instance.server->source = source;
        instance.server->membership.replication_password = source.empty() ? "sealed" : "";
        save(id);
    }

    void save(const std::string& id) {
        ASSERT_TRUE(store_->commit({{}, {store::put(key(id), instances_[id])}}));
    }

    static std::string key(const std::string& id) { return model::keys::instance(account, region, id); }

    ServerKeys keys_of(const std::string& resource_id) {
        Census census;
        for (const auto& [id, instance] : instances_) census.set(key(id), formats::to_record(instance));
        for (const ServerKeys& keys : census.servers())
            if (keys.resource_id == resource_id) return keys;
        return {};
    }

    RecordSet records_of(const ServerKeys& keys) { return *read_records(*store_, keys); }

    std::map<std::string, model::DBInstance> instances_;
    const std::unique_ptr<store::Store> store_ = store::make_memory();
};

TEST_F(Replication, ASourceAndItsReplicasKnowOfEachOther) {
    const ServerKeys source = keys_of("db-1"), replica = keys_of("db-2");
    EXPECT_FALSE(source.reader);
    EXPECT_EQ(source.members, std::vector{key("copy")});
    EXPECT_TRUE(replica.reader);
    EXPECT_EQ(replica.members, std::vector{key("ledger")});
}

TEST_F(Replication, AReplicaFollowsItsSourceByThatOnesPassword) {
    const RecordSet records = records_of(keys_of("db-2"));
    EXPECT_TRUE(records.reader);
    const MemberFacts facts = member_facts(records, {});
    EXPECT_TRUE(facts.reader);
    EXPECT_EQ(facts.home, "db-2");
    EXPECT_EQ(facts.writer, "db-1");
    EXPECT_EQ(facts.source.port, instances_["ledger"].server->port);
    EXPECT_EQ(facts.sealed_for, "db-1");
    EXPECT_EQ(facts.replication_password, "sealed");
    EXPECT_EQ(own_server(records).resource_id, "db-2");
    EXPECT_TRUE(further_endpoints(facts).empty()) << "a token for the source is none for the replica";
}

TEST_F(Replication, NoCommitOfASourceWaitsForAReplica) {
    const RecordSet records = records_of(keys_of("db-1"));
    EXPECT_FALSE(records.reader);
    const MemberFacts facts = member_facts(records, {"db-2"});
    EXPECT_EQ(facts.readers, std::vector<std::string>{"db-2"});
    EXPECT_EQ(facts.waits_for, "");
    EXPECT_EQ(facts.successor, "");
    EXPECT_EQ(successor_of(records), "");
}

TEST_F(Replication, AnInstanceWithoutReplicasIsByItself) {
    put("alone", "db-3", "");
    const RecordSet records = records_of(keys_of("db-3"));
    EXPECT_EQ(member_facts(records, {}).home, "");
    EXPECT_FALSE(records.reader);
}

TEST_F(Replication, NothingIsConcludedFromRecordsThatHaveMoved) {
    const ServerKeys before = keys_of("db-2");
    instances_["copy"].server->source.clear();
    save("copy");
    EXPECT_EQ(records_of(before).server(), nullptr) << "it was promoted meanwhile";
    EXPECT_FALSE(keys_of("db-2").reader);
    EXPECT_TRUE(keys_of("db-1").members.empty());
    EXPECT_FALSE(records_of(keys_of("db-2")).reader);
}

TEST_F(Replication, AReplicaWhoseSourceIsNotThereIsNobodysToChange) {
    instances_["copy"].server->source = "db-9";
    save("copy");
    const ServerKeys keys = keys_of("db-2");
    EXPECT_TRUE(keys.reader);
    EXPECT_EQ(records_of(keys).server(), nullptr);
}

TEST_F(Replication, ASourceIsNotUpgradedByAWindowWhileItHasReplicas) {
    model::Server& server = *instances_["ledger"].server;
    server.pending.engine_version = "17.1";
    server.pending.apply_now = true;
    save("ledger");
    EXPECT_FALSE(desired_state_of(records_of(keys_of("db-1")), Instant()).upgrade);
    instances_["copy"].server->source.clear();
    save("copy");
    EXPECT_TRUE(desired_state_of(records_of(keys_of("db-1")), Instant()).upgrade);
}

TEST_F(Replication, IamOfAReplicaChangesByItself) {
    model::Server& server = *instances_["copy"].server;
    server.pending.iam_enabled = true;
    server.pending.master_verifier = "sealed";
    server.pending.apply_now = true;
    save("copy");
    const DesiredState desired = desired_state_of(records_of(keys_of("db-2")), Instant());
    EXPECT_TRUE(desired.running);
    EXPECT_TRUE(desired.access_change);
    EXPECT_FALSE(desired.password_change) << "the source's is the one there is";
}

}  // namespace
}  // namespace countersign::databases
