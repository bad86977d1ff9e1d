#include "databases/members.h"

#include <gtest/gtest.h>

namespace countersign::databases {
namespace {

using store::Stored;

Stored<model::DBInstance> instance(const std::string& id, const std::string& home, int tier = 1) {
    Stored<model::DBInstance> stored;
    stored.key = "/rds/instance/" + id;
    stored.record.id = id;
    stored.record.cluster = "c";
    stored.record.home = home;
    stored.record.place = {"127.54.32.1", static_cast<std::uint16_t>(5000 + id.size()), true};
    stored.record.kept["PromotionTier"] = std::to_string(tier);
    return stored;
}

// A cluster whose writer's data is at its own resource id, and two readers.
RecordSet writer() {
    RecordSet records;
    records.cluster.emplace();
    records.cluster->record.id = "c";
    records.cluster->record.server.resource_id = "cluster-1";
    records.cluster->record.server.host = "localhost";
    records.cluster->record.server.port = 5000;
    records.instances = {instance("one", "")};
    records.others = {instance("two", "db-2"), instance("three", "db-3")};
    return records;
}

std::string& recorded(RecordSet& records) {
    return records.cluster->record.server.membership.synchronous;
}

TEST(Members, TheBestReaderThatFollowsIsWaitedFor) {
    RecordSet records = writer();
    EXPECT_EQ(member_facts(records, {}).waits_for, "");
    EXPECT_EQ(member_facts(records, {"db-9"}).waits_for, "");
    EXPECT_EQ(member_facts(records, {"db-2", "db-3"}).waits_for,
              "db-3");  // by its name, at the same tier and age
    records.others[0].record.kept["PromotionTier"] = "0";
    EXPECT_EQ(member_facts(records, {"db-2", "db-3"}).waits_for, "db-2");
    EXPECT_EQ(member_facts(records, {"db-3"}).waits_for, "db-3");
}

TEST(Members, WhoIsRecordedIsWaitedForUntilItGoes) {
    RecordSet records = writer();
    recorded(records) = "db-2";
    EXPECT_EQ(member_facts(records, {"db-3"}).waits_for, "db-2");
    records.others[0].record.wish = model::Wish::deleted;
    EXPECT_EQ(member_facts(records, {"db-2", "db-3"}).waits_for, "db-2");  // until that is recorded
    std::optional<Deadline> missed;
    EXPECT_EQ(synchronous_now(records, {}, missed), "");
    recorded(records).clear();
    EXPECT_EQ(member_facts(records, {"db-2", "db-3"}).waits_for, "db-3");
}

TEST(Members, AReaderIsRecordedOnceTheWriterWaitsForIt) {
    const RecordSet records = writer();
    std::optional<Deadline> missed;
    Observation seen;
    seen.followers = {"db-2", "db-3"};
    EXPECT_EQ(synchronous_now(records, seen, missed), "");
    seen.synchronous = "db-2";
    EXPECT_EQ(synchronous_now(records, seen, missed), "db-2");
    seen.synchronous = "db-9";  // of no instance
    EXPECT_EQ(synchronous_now(records, seen, missed), "");
}

TEST(Members, AReaderThatEndsIsWaitedForForAWhile) {
    RecordSet records = writer();
    recorded(records) = "db-2";
    std::optional<Deadline> missed;
    Observation seen;
    seen.followers = {"db-2"};
    seen.synchronous = "db-2";
    EXPECT_EQ(synchronous_now(records, seen, missed), "db-2");
    EXPECT_FALSE(missed);
    seen.followers = {"db-3"};
    EXPECT_EQ(synchronous_now(records, seen, missed), "db-2");
    ASSERT_TRUE(missed);
    missed.emplace(std::chrono::milliseconds(0));
    EXPECT_EQ(synchronous_now(records, seen, missed), "");
    seen.followers = {"db-2"};
    EXPECT_EQ(synchronous_now(records, seen, missed), "db-2");
    EXPECT_FALSE(missed);
    records.others[0].record.wish = model::Wish::deleted;
    EXPECT_EQ(synchronous_now(records, seen, missed), "");
}

TEST(Members, AReaderThatOnlyStreamsIsNotTheOneThatCommitsWaitFor) {
    RecordSet records = writer();
    recorded(records) = "db-2";
    std::optional<Deadline> missed;
    Observation seen;
    seen.followers = {"db-2"};  // and somebody else answers by its name
    EXPECT_EQ(synchronous_now(records, seen, missed), "db-2");
    EXPECT_TRUE(missed);
}

TEST(Members, CommitsThatDoNotWaitForTheReaderAreNoticed) {
    RecordSet records = writer();
    records.parameters["synchronous_commit"] = "off";
    EXPECT_EQ(unsafe_commit(records), "") << "nobody is told that they wait";
    recorded(records) = "db-2";
    EXPECT_EQ(unsafe_commit(records), "off");
    records.parameters["synchronous_commit"] = "local";
    EXPECT_EQ(unsafe_commit(records), "local");
    records.parameters["synchronous_commit"] = "remote_apply";
    EXPECT_EQ(unsafe_commit(records), "");
    records.parameters.clear();
    EXPECT_EQ(unsafe_commit(records), "");
}

TEST(Members, OnlyAReaderWithAllThatIsAcknowledgedSucceeds) {
    RecordSet records = writer();
    EXPECT_EQ(successor_of(records), "");
    recorded(records) = "db-2";
    EXPECT_EQ(successor_of(records), "db-2");
    records.cluster->record.server.membership.successor = "db-3";  // asked for
    EXPECT_EQ(successor_of(records), "db-3");
    records.others[1].record.renewing = true;
    EXPECT_EQ(successor_of(records), "");
    records.others[1].record.renewing = false;
    records.others[1].record.wish = model::Wish::deleted;
    EXPECT_EQ(successor_of(records), "");
}

TEST(Members, AReaderListensAtItsOwnPlaceAndKnowsTheClusters) {
    RecordSet records = writer();
    records.reader = true;
    std::swap(records.instances, records.others);
    records.others.push_back(records.instances[1]);
    records.instances.pop_back();
    EXPECT_EQ(own_server(records).host, "127.54.32.1");
    EXPECT_EQ(own_server(records).port, 5003);
    const MemberFacts facts = member_facts(records, {});
    EXPECT_TRUE(facts.reader);
    EXPECT_EQ(facts.home, "db-2");
    EXPECT_EQ(facts.writer, "cluster-1");
    EXPECT_EQ(facts.cluster.port, 5000);
    EXPECT_TRUE(facts.readers.empty());
    EXPECT_EQ(further_endpoints(facts), (std::vector<Endpoint>{{"localhost", 5000}, {"127.54.32.1", 5003}}));
}

TEST(Members, ClaimsEndWithTheirInstanceAndWithTheCluster) {
    RecordSet before = writer();
    RecordSet after = before;
    EXPECT_TRUE(claims_given_up(before, after).empty());
    after.instances.clear();
    ASSERT_EQ(claims_given_up(before, after).size(), 1U);
    EXPECT_EQ(claims_given_up(before, after)[0].owner, "cluster-1");
    before.cluster->record.server.membership.reader_host = "127.54.32.9";
    after.cluster.reset();
    EXPECT_EQ(claims_given_up(before, after).size(), 2U);
}

}  // namespace
}  // namespace countersign::databases
