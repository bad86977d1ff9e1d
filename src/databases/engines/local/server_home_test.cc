#include "databases/engines/local/server_home.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace countersign::databases::local {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(ServerHome, SocketsHaveShortNames) {
    const ServerHome home = home_of("/var/lib/countersign", "cluster-CE7YOPQHSJ5Q2LZ2NPTNSK6KJQ");
    EXPECT_EQ(home.agent_socket(), "/var/lib/countersign/run/tnsk6kjq/agent");
    EXPECT_EQ(home.data(), "/var/lib/countersign/databases/cluster-CE7YOPQHSJ5Q2LZ2NPTNSK6KJQ/data");
}

TEST(ServerHome, TheServerListensWhereItsEndpointIs) {
    const ServerHome home = home_of("/data/it's", "db-1");
    const std::string local = configuration(home, {"localhost", 5433, "one"});
    EXPECT_THAT(local, HasSubstr("listen_addresses = 'localhost'\n"));
    EXPECT_THAT(local, HasSubstr("port = 5433\n"));
    EXPECT_THAT(local, HasSubstr("log_directory = '/data/it''s/databases/db-1/log'\n"));
    EXPECT_THAT(configuration(home, {"db.example.org", 5433, "one"}), HasSubstr("listen_addresses = '*'\n"));
    EXPECT_THAT(configuration(home, {"127.54.32.1", 5432, "one", true}),
                HasSubstr("listen_addresses = '127.54.32.1'\n"));
    ServerSettings published{"localhost", 5433, "one"};
    published.everywhere = true;
    EXPECT_THAT(configuration(home, published), HasSubstr("listen_addresses = '*'\n"));
    published.endpoint_host = "127.54.32.1";
    published.own_host = true;
    EXPECT_THAT(configuration(home, published), HasSubstr("listen_addresses = '127.54.32.1'\n"));
}

TEST(ServerHome, ParametersComeLast) {
    const Parameters parameters = {
        {"max_connections", "60"}, {"search_path", "it's, public"}, {"rds.force_ssl", "1"}};
    const std::string text =
        configuration(home_of("/data", "db-1"), {"localhost", 5433, "one", false, parameters});
    EXPECT_THAT(text, ::testing::EndsWith("max_connections = '60'\nsearch_path = 'it''s, public'\n"
                                          "log_replication_commands = on\n"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("force_ssl")));
    EXPECT_LT(text.find("max_connections = 100"), text.find("max_connections = '60'"));
}

TEST(ServerHome, OnlyAnEphemeralServerForgoesDurability) {
    const ServerHome home = home_of("/data", "db-1");
    ServerSettings settings{"localhost", 5433, "one"};
    for (const char* name : {"fsync", "full_page_writes"})
        EXPECT_THAT(configuration(home, settings), ::testing::Not(HasSubstr(name)));
    settings.ephemeral = true;
    EXPECT_THAT(configuration(home, settings), HasSubstr("\nfsync = off\nfull_page_writes = off\n"));
}

TEST(ServerHome, WhatCanBeCreatedIsNamed) {
    ServerSettings settings{"localhost", 5433, "one"};
    EXPECT_THAT(configuration(home_of("/data", "db-1"), settings),
                ::testing::Not(HasSubstr("rds.extensions")));
    settings.extensions = {"bloom", "dblink"};
    settings.parameters = {{"rds.extensions", "file_fdw"}};
    const std::string text = configuration(home_of("/data", "db-1"), settings);
    EXPECT_THAT(text, HasSubstr("\nrds.extensions = 'bloom, dblink'\n"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("file_fdw")));
}

// The login hook sees replication commands in the log.
TEST(ServerHome, NoParameterKeepsReplicationCommandsOutOfTheLog) {
    for (const char* level : {"panic", "FATAL", "fatal"}) {
        const Parameters parameters = {{"log_min_messages", level}, {"log_replication_commands", "0"}};
        EXPECT_THAT(configuration(home_of("/data", "db-1"), {"localhost", 5433, "one", false, parameters}),
                    ::testing::EndsWith("log_replication_commands = on\nlog_min_messages = 'log'\n"));
    }
    EXPECT_THAT(configuration(home_of("/data", "db-1"),
                              {"localhost", 5433, "one", false, {{"log_min_messages", "error"}}}),
                ::testing::EndsWith("log_min_messages = 'error'\nlog_replication_commands = on\n"));
}

TEST(ServerHome, TheEnvironmentNamesTheAgentAndThePreload) {
    const ServerHome home = home_of("/d", "db-1");
    const auto given = environment(home, "/lib/x.so", "/lib/extensions/15");
    EXPECT_THAT(given, Contains("LD_PRELOAD=/lib/x.so"));
    EXPECT_THAT(given, Contains("COUNTERSIGN_AGENT_SOCKET=/d/run/db-1/agent"));
    EXPECT_THAT(given, Contains("COUNTERSIGN_EXTENSIONS=/lib/extensions/15"));
    EXPECT_THAT(given, Contains("COUNTERSIGN_MANAGED=1"));
    EXPECT_THAT(given, Contains("COUNTERSIGN_DOOR_USER=" + std::to_string(::geteuid())));
    EXPECT_THAT(given, Contains("PGSSLCERT=/nonexistent"));
    EXPECT_THAT(given, Contains("PGGSSENCMODE=disable"));
    EXPECT_THAT(environment(home, "", ""), ::testing::Not(Contains(HasSubstr("LD_PRELOAD"))));
    EXPECT_THAT(environment(home, "", ""), ::testing::Not(Contains(HasSubstr("COUNTERSIGN_EXTENSIONS"))));
}

}  // namespace
}  // namespace countersign::databases::local
