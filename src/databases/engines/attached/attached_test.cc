#include "databases/engines/attached/attached.h"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "databases/census.h"
#include "databases/endpoints.h"
#include "databases/recording_observer.h"
#include "model/keys.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::databases {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* account = "123456789012";
constexpr const char* region = "us-east-1";

model::DBInstance an_instance(const std::string& id, const std::string& agent) {
    model::DBInstance instance;
    instance.id = id;
    instance.account = account;
    instance.region = region;
    instance.status = model::DatabaseStatus::available;
    instance.server.emplace();
    instance.server->resource_id = "db-" + id;
    instance.server->host = "db.example";
    instance.server->port = 5432;
    instance.server->iam_enabled = true;
    instance.server->attached = model::Attached{agent, "/data", 7, "/run/postgresql", 5433, "/run/a/x.agent"};
    return instance;
}

class AttachedTest : public ::testing::Test {
protected:
    void put(const model::DBInstance& instance) {
        const std::string key = model::keys::instance(account, region, instance.id);
        ASSERT_TRUE(store_->commit({{}, {store::put(key, instance)}}));
    }
    bool eventually(const std::function<bool()>& condition) const {
        for (int i = 0; i < 1000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    std::unique_ptr<store::Store> store_ = store::make_memory();
    Log log_{LogLevel::off};
    Listener listener_;
};

TEST_F(AttachedTest, ServersOfOneAgentAreShown) {
    put(an_instance("one", ""));
    put(an_instance("two", "far"));
    model::DBInstance ours = an_instance("ours", "");
    ours.server->attached.reset();
    put(ours);
    const auto views = attached_views(*store_, "");
    ASSERT_TRUE(views);
    ASSERT_EQ(views->size(), 1U);
    const ServerView& view = views->front();
    EXPECT_EQ(view.resource_id, "db-one");
    EXPECT_EQ(view.owner, 7U);
    EXPECT_EQ(view.socket_port, 5433);
    EXPECT_EQ(view.data_directory, "/data");
    EXPECT_EQ(view.agent_socket, "/run/a/x.agent");
    EXPECT_THAT(view.endpoints, ElementsAre(Endpoint{"db.example", 5432}));
    EXPECT_TRUE(view.iam_enabled);
    EXPECT_EQ(attached_views(*store_, "far")->size(), 1U);
    EXPECT_THAT(*attached_views(*store_, "other"), IsEmpty());
}

TEST_F(AttachedTest, ADeletedOneIsNotShown) {
    model::DBInstance gone = an_instance("gone", "");
    gone.wish = model::Wish::deleted;
    put(gone);
    EXPECT_THAT(*attached_views(*store_, ""), IsEmpty());
}

TEST_F(AttachedTest, APoolerIsShownWithItsOwnEndpoint) {
    const model::Pooler pooler{.id = "pool",
                               .account = account,
                               .region = region,
                               .resource_id = "prx-POOL",
                               .database = "one",
                               .host = "pool.example",
                               .port = 6432,
                               .way = {"", "/", 7, "/run/postgresql", 5433, "/run/a/p.agent"},
                               .master_username = "postgres",
                               .tags = {},
                               .created = {}};
    ASSERT_TRUE(store_->commit({{}, {store::put(model::keys::pooler(account, region, "pool"), pooler)}}));
    auto views = attached_views(*store_, "");
    ASSERT_EQ(views->size(), 1U);
    EXPECT_EQ(views->front().kind, Kind::pooler);
    EXPECT_EQ(views->front().resource_id, "prx-POOL");
    EXPECT_THAT(views->front().endpoints, ElementsAre(Endpoint{"pool.example", 6432}));
    EXPECT_EQ(views->front().socket_directory, "") << "there is no server to ask about members";

    model::DBInstance one = an_instance("one", "far");
    one.server->master_username = "admin";
    put(one);
    views = attached_views(*store_, "");
    ASSERT_EQ(views->size(), 1U);
    EXPECT_EQ(views->front().socket_directory, "/run/postgresql");
    EXPECT_EQ(views->front().socket_port, 5433);
    EXPECT_EQ(views->front().master_username, "admin");
    EXPECT_FALSE(views->front().fronts_ours);

    one.server->attached.reset();
    put(one);
    views = attached_views(*store_, "");
    EXPECT_TRUE(views->front().fronts_ours);
    EXPECT_EQ(views->front().socket_port, 5432);
    EXPECT_EQ(views->front().master_username, "rdsadmin");
    one.wish = model::Wish::deleted;
    put(one);
    EXPECT_EQ(attached_views(*store_, "")->front().socket_directory, "");
}

TEST_F(AttachedTest, APoolerOfAClusterAsksTheWriterOfTheMoment) {
    model::DBCluster cluster;
    cluster.id = "fleet";
    cluster.server.resource_id = "cluster-0WRITER1";
    cluster.server.port = 5432;
    const auto put_cluster = [&] {
        ASSERT_TRUE(
            store_->commit({{}, {store::put(model::keys::cluster(account, region, cluster.id), cluster)}}));
    };
    const auto put_member = [&](const std::string& id, const std::string& home, std::uint16_t port) {
        model::DBInstance member = an_instance(id, "");
        member.server.reset();
        member.cluster = cluster.id;
        member.home = home;
        member.place = {"db.example", port};
        put(member);
    };
    put_cluster();
    put_member("a", "", 0);
    put_member("b", "db-00000003", 5433);
    put_member("c", "db-00000004", 5434);
    model::Pooler pooler;
    pooler.id = "pool";
    pooler.database = cluster.id;
    pooler.account = account;
    pooler.region = region;
    pooler.way.socket_directory = "/data/run/0writer1";
    ASSERT_TRUE(store_->commit({{}, {store::put(model::keys::pooler(account, region, "pool"), pooler)}}));

    using Sockets = std::vector<ServerSocket>;
    const auto asked = [&] {
        const ServerView view = attached_views(*store_, "")->front();
        Sockets sockets = view.further_sockets;
        sockets.insert(sockets.begin(), {view.socket_directory, view.socket_port});
        return sockets;
    };
    const ServerSocket first = {"/data/run/0writer1", 5432};
    EXPECT_EQ(asked(), (Sockets{first,
                                {"/data/run/00000003", 5433},
                                {"/data/run/00000003", 5432},
                                {"/data/run/00000004", 5434},
                                {"/data/run/00000004", 5432}}));
    cluster.server.membership.home = "db-00000004";
    cluster.server.membership.synchronous = "db-00000003";
    put_cluster();
    EXPECT_EQ(asked(), (Sockets{{"/data/run/00000004", 5432},
                                {"/data/run/00000004", 5434},
                                {"/data/run/00000003", 5433},
                                {"/data/run/00000003", 5432},
                                first}));
}

TEST_F(AttachedTest, APoolerOfAnEarlierVersionFindsTheSocketsOfItsServer) {
    const std::string pools = model::keys::poolers(account, region);
    model::Pooler pooler;
    pooler.way.socket_directory = "/data/run";
    pooler.way.port = 15432;
    model::Pooler of_others = pooler;
    of_others.way.socket_directory = "/run/postgresql";
    ASSERT_TRUE(
        store_->commit({{},
                        {store::put(pools + "ours", pooler), store::put(pools + "theirs", of_others),
                         store::put(model::keys::port(15432), model::PortClaim{"cluster-ABCDEFGHIJKL"})}}));
    ASSERT_TRUE(renew_pooler_sockets(*store_, "/data"));
    const auto now = [this, &pools](const char* name) {
        return (*store::load<model::Pooler>(*store_, pools + name))->record.way.socket_directory;
    };
    EXPECT_EQ(now("ours"), "/data/run/efghijkl");
    EXPECT_EQ(now("theirs"), "/run/postgresql");
}

TEST_F(AttachedTest, TheWatchTellsOfTheFirstAndOfEveryChange) {
    put(an_instance("one", ""));
    AttachedWatch watch(*store_, "", log_, listener_);
    ASSERT_TRUE(watch.start());
    ASSERT_EQ(listener_.up().size(), 1U);
    model::DBInstance changed = an_instance("one", "");
    changed.server->aliases = {"alias.example:5432"};
    put(changed);
    ASSERT_TRUE(eventually([this] { return listener_.up().size() == 2; }));
    EXPECT_THAT(listener_.up().back().endpoints,
                ElementsAre(Endpoint{"db.example", 5432}, Endpoint{"alias.example", 5432}));
    put(an_instance("two", ""));
    ASSERT_TRUE(eventually([this] { return listener_.up().size() == 3; }));
    ASSERT_TRUE(store_->commit({{}, {store::erase(model::keys::instance(account, region, "one"))}}));
    ASSERT_TRUE(eventually([this] { return !listener_.down().empty(); }));
    EXPECT_THAT(listener_.down(), ElementsAre("db-one"));
    watch.stop();
}

// Throws when it is told of the second server for the first time.
class Startled : public Listener {
public:
    void server_up(const ServerView& server) override {
        if (server.identifier == "two" && throws_.exchange(false)) throw std::runtime_error("out of memory");
        Listener::server_up(server);
    }

private:
    std::atomic<bool> throws_ = true;
};

TEST_F(AttachedTest, AChangeThatThrowsIsToldOfAgain) {
    Startled listener;
    AttachedWatch watch(*store_, "", log_, listener);
    ASSERT_TRUE(watch.start());
    put(an_instance("two", ""));
    EXPECT_TRUE(eventually([&] { return !listener.up().empty(); }));
    watch.stop();
}

TEST_F(AttachedTest, TheCensusLeavesThemAlone) {
    Census census;
    census.set(model::keys::instance(account, region, "one"), formats::to_record(an_instance("one", "")));
    EXPECT_THAT(census.servers(), IsEmpty());
    model::DBInstance ours = an_instance("one", "");
    ours.server->attached.reset();
    census.set(model::keys::instance(account, region, "one"), formats::to_record(ours));
    EXPECT_EQ(census.servers().size(), 1U);
}

TEST(Endpoints, AreHostAndPort) {
    const struct {
        const char* text;
        std::optional<Endpoint> expected;
    } cases[] = {{"db.example:5432", Endpoint{"db.example", 5432}},
                 {"DB.Example:1", Endpoint{"db.example", 1}},
                 {"[::1]:5432", Endpoint{"[::1]", 5432}},
                 {"10.0.0.1:5432", Endpoint{"10.0.0.1", 5432}},
                 {"db.example", std::nullopt},
                 {":5432", std::nullopt},
                 {"db.example:0", std::nullopt},
                 {"db.example:65536", std::nullopt},
                 {"db.example:", std::nullopt},
                 {"db example:5432", std::nullopt},
                 {"db,other:5432", std::nullopt},
                 {"-db:5432", std::nullopt},
                 {"::1:5432", std::nullopt},
                 {"[x]:5432", std::nullopt}};
    for (const auto& c : cases) EXPECT_EQ(parse_endpoint(c.text), c.expected) << c.text;
}

}  // namespace
}  // namespace countersign::databases
