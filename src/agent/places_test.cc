#include "agent/places.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/sockets.h"

namespace countersign::agent {
namespace {

namespace fs = std::filesystem;

class Told : public databases::Observer {
public:
    void server_up(const databases::ServerView& server) override { up = server; }
    void server_down(std::string_view) override {}
    void login_refused(const databases::RefusedLogin&) override {}
    void log_lost(std::string_view, std::uint64_t) override {}
    databases::ServerView up;
};

class PlacesTest : public testing::Test {
protected:
    PlacesTest() {
        std::string name = (fs::temp_directory_path() / "places-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
        settings_.run_directory = directory_ / "run";
        settings_.postgres_directories = {"/run/postgresql"};
        fs::create_directory(settings_.run_directory);
        server_.resource_id = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        server_.socket_directory = "/run/postgresql";
    }
    ~PlacesTest() override { fs::remove_all(directory_); }

    // What the agent is told of a server of which the control plane says this.
    databases::ServerView told(const databases::ServerView& server, const TakenOver& taken = {}) {
        Places(settings_, taken, next_, log_).server_up(server);
        return next_.up;
    }
    databases::ServerView pooler(const std::string& directory, bool fronts_ours = false) {
        databases::ServerView pooler = server_;
        pooler.kind = databases::Kind::pooler;
        pooler.socket_directory = directory;
        pooler.fronts_ours = fronts_ours;
        return pooler;
    }
    fs::path own_socket() const { return settings_.run_directory / "opqrstuvwxyz.agent"; }

    Log log_{LogLevel::off};
    fs::path directory_;
    PlaceSettings settings_;
    databases::ServerView server_;
    Told next_;
};

TEST_F(PlacesTest, ASocketIsInTheAgentsOwnDirectory) {
    for (const char* registered : {"/etc/cron.d/x.agent", "/run/other/x.agent", "x", ""}) {
        server_.agent_socket = registered;
        EXPECT_EQ(told(server_).agent_socket, own_socket()) << registered;
    }
}

TEST_F(PlacesTest, ServersBehindPoolersAreAskedWhereTheAgentWasToldTo) {
    EXPECT_EQ(told(pooler("/run/postgresql")).socket_directory, "/run/postgresql");
    EXPECT_EQ(told(pooler("/run/postgresql/")).socket_directory, "/run/postgresql/");
    for (const char* directory :
         {"/run/postgresql/../x", "/run", "/run/postgresql/x", "/tmp", "run/postgresql"})
        EXPECT_EQ(told(pooler(directory)).socket_directory, "") << directory;
}

TEST_F(PlacesTest, SoAreAttachedServers) {
    server_.kind = databases::Kind::instance;
    EXPECT_EQ(told(server_).socket_directory, "/run/postgresql");
    server_.socket_directory = "/tmp";
    EXPECT_EQ(told(server_).socket_directory, "");
}

TEST_F(PlacesTest, OwnServersAreAskedBehindTheirOwnPoolersAlone) {
    settings_.own_directory = directory_;
    const std::string run = settings_.run_directory.string();
    settings_.postgres_directories.push_back(run);
    EXPECT_EQ(told(pooler(run, true)).socket_directory, run);
    EXPECT_EQ(told(pooler(run)).socket_directory, "");
    EXPECT_EQ(told(pooler(run + "/x/..")).socket_directory, "");
    EXPECT_EQ(told(pooler("/tmp", true)).socket_directory, "");
    databases::ServerView of_cluster = pooler(run, true);
    of_cluster.further_sockets = {{run, 5433}, {"/tmp", 5433}};
    EXPECT_EQ(told(of_cluster).further_sockets, (std::vector<databases::ServerSocket>{{run, 5433}}));
}

TEST_F(PlacesTest, PlacesOfAnEarlierVersionAreTakenOverOnce) {
    const fs::path file = directory_ / "places.json";
    server_.agent_socket = "/srv/old/x.agent";
    databases::ServerView fresh = server_;
    fresh.resource_id = "prx-NOPQRSTUVWXYZ";
    fresh.agent_socket = settings_.run_directory / "opqrstuvwxyz.agent";
    fresh.kind = databases::Kind::pooler;
    fresh.socket_directory = "/srv/postgres";
    const auto first = take_over(file, settings_, {server_, fresh});
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(told(server_, *first).agent_socket, "/srv/old/x.agent");
    EXPECT_EQ(told(pooler("/srv/postgres"), *first).socket_directory, "/srv/postgres");
    EXPECT_EQ(first->sockets.size(), 1U);

    databases::ServerView later = server_;
    later.resource_id = "db-LATER";
    later.agent_socket = "/srv/new/x.agent";
    const auto second = take_over(file, settings_, {server_, later, pooler("/srv/later")});
    ASSERT_TRUE(second);
    EXPECT_EQ(told(server_, *second).agent_socket, "/srv/old/x.agent");
    EXPECT_EQ(told(later, *second).agent_socket, settings_.run_directory / "db-later.agent");
    EXPECT_EQ(told(pooler("/srv/later"), *second).socket_directory, "");
    server_.agent_socket = "/srv/elsewhere/x.agent";  // attached again
    EXPECT_EQ(told(server_, *second).agent_socket, own_socket());
}

TEST_F(PlacesTest, NothingBelowTheOwnDirectoryIsTakenOver) {
    settings_.own_directory = directory_;
    const auto taken =
        take_over(directory_ / "places.json", settings_, {pooler(settings_.run_directory.string())});
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->postgres_directories.empty());
}

TEST_F(PlacesTest, SocketsThatWereLeftGo) {
    const fs::path left = settings_.run_directory / "left.agent";
    const fs::path alive = settings_.run_directory / "alive.agent";
    const fs::path file = settings_.run_directory / "file.agent";
    ASSERT_TRUE(listen_at(left));  // and no longer
    const auto listening = listen_at(alive);
    ASSERT_TRUE(listening);
    std::ofstream(file) << "x";
    Places(settings_, {}, next_, log_).tidy();
    EXPECT_FALSE(fs::exists(left));
    EXPECT_TRUE(fs::exists(alive));
    EXPECT_TRUE(fs::exists(file));
}

TEST_F(PlacesTest, OnlyTheSocketThatWasMadeIsGiven) {
    const fs::path socket = settings_.run_directory / "x.agent";
    ASSERT_TRUE(listen_at(socket));
    EXPECT_TRUE(give_socket(socket, ::geteuid()));
    const fs::path link = settings_.run_directory / "link.agent";
    fs::create_symlink(socket, link);
    EXPECT_FALSE(give_socket(link, ::geteuid()));
    const fs::path file = settings_.run_directory / "file.agent";
    std::ofstream(file) << "x";
    EXPECT_FALSE(give_socket(file, ::geteuid()));
}

}  // namespace
}  // namespace countersign::agent
